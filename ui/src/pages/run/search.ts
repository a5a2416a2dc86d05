/** What is seen of a run, as it stands in the address. */
import { type Address, oneOf, text, texts } from "../../browser/address";
import { parseRange } from "../../browser/range";

export const LEVELS = ["debug", "info", "warning", "error"] as const;

export type Level = (typeof LEVELS)[number];

export interface RunSearch {
  /** The range of time on the axis: `a..b`. */
  t?: string;
  /** What is selected: the id of a run, or the key of another row. */
  sel?: string;
  /** The event that is selected, by its position in the log. */
  event?: string;
  /** The moment of the log line that is selected. */
  at?: string;
  /** Rows that were opened or closed. */
  open?: string[];
  /** What the rows are narrowed to. */
  q?: string;
  view?: "graph" | "infrastructure";
  /** The run to compare with. */
  with?: string;
  /** All rows are in sight, however little room each has. */
  rows?: "fit";
  /** Idle times take no room. */
  idle?: "folded";
  /** The critical path is marked. */
  path?: "critical";
  level?: Level;
  /** What the log is narrowed to. */
  find?: string;
  /** The log of what is selected only. */
  logs?: "selection";
  /** What one life of a container printed only: `pod/container/restart`. */
  from?: string;
}

/** Choose some of it anew. */
export type Change = (search: Partial<RunSearch>) => void;

export function readSearch(search: Address): RunSearch {
  return {
    t: parseRange(text(search.t)) && text(search.t),
    sel: text(search.sel),
    event: text(search.event),
    at: Number.isNaN(Date.parse(text(search.at) ?? "")) ? undefined : text(search.at),
    open: texts(search.open),
    q: text(search.q),
    view: oneOf(["graph", "infrastructure"], search.view),
    with: text(search.with),
    rows: oneOf(["fit"], search.rows),
    idle: oneOf(["folded"], search.idle),
    path: oneOf(["critical"], search.path),
    level: oneOf(LEVELS, search.level),
    find: text(search.find),
    logs: oneOf(["selection"], search.logs),
    from: text(search.from),
  };
}
