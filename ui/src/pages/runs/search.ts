/** The filters of the runs, as they stand in the address. */
import type { StateType } from "../../api/types";
import { type Address, oneOf, someOf, text, texts } from "../../browser/address";
import { parseRange } from "../../browser/range";
import { SPANS, type Span } from "../../parts/spans";
import { STATE_TYPES } from "../../parts/states";

export interface RunsSearch {
  state?: StateType[];
  /** Names of states: `Late`. */
  named?: string[];
  /** Begun and not over. */
  underWay?: "yes";
  flow?: string[];
  tag?: string[];
  /** Part of the run's name. */
  q?: string;
  /** How far back from now; a week if nothing is said. */
  span?: Span;
  /** A range of time instead: `a..b`. */
  t?: string;
  /** With the runs that other runs called. */
  subflows?: "yes";
}

/** Choose some of them anew. */
export type Change = (search: Partial<RunsSearch>) => void;

export function readSearch(search: Address): RunsSearch {
  return {
    state: someOf(STATE_TYPES, search.state),
    named: texts(search.named),
    underWay: oneOf(["yes"], search.underWay),
    flow: texts(search.flow),
    tag: texts(search.tag),
    q: text(search.q),
    span: oneOf(SPANS, search.span),
    t: parseRange(text(search.t)) && text(search.t),
    subflows: oneOf(["yes"], search.subflows),
  };
}
