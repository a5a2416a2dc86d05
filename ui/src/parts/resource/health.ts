/** What the health of a resource comes to. */
import type { Schemas, StateType } from "../../api/types";
import { type Bins, binCount } from "../bins";
import { isOver } from "../states";

type Health = Schemas["ResourceHealth"];
type Rate = Schemas["Rate"];

/** One span of the strip: how many runs were over, and how many of them failed. */
export type Cell = Rate;

/** A cell for each span of the time, also for those without a run. */
export function cellsOf({ outcomes, ...time }: Pick<Health, keyof Bins | "outcomes">): Cell[] {
  const bins = { since: new Date(time.since), until: new Date(time.until), step: time.step };
  const cells = Array.from({ length: binCount(bins) }, () => ({ runs: 0, failures: 0 }));
  for (const { start, types } of outcomes) {
    const at = Math.floor((Date.parse(start) - bins.since.getTime()) / 1000 / bins.step);
    const cell = cells[at];
    if (cell !== undefined) cells[at] = added(cell, types);
  }
  return cells;
}

function added(cell: Cell, types: Health["outcomes"][number]["types"]): Cell {
  const failures = (types.FAILED ?? 0) + (types.CRASHED ?? 0);
  const over = Object.entries(types)
    .filter(([type]) => isOver(type as StateType))
    .reduce((sum, [, count]) => sum + (count ?? 0), 0);
  return { runs: cell.runs + over, failures: cell.failures + failures };
}

/** `3 of 40 failed (8%)` */
export function rateText({ runs, failures }: Rate): string {
  if (runs === 0) return "no runs";
  return `${failures} of ${runs} failed (${Math.round((failures / runs) * 100)}%)`;
}

/** How many times as often runs fail that touched it; null where that cannot be said. */
export function timesAsOften(touched: Rate, untouched: Rate): number | null {
  if (touched.runs === 0 || untouched.runs === 0 || untouched.failures === 0) return null;
  return touched.failures / touched.runs / (untouched.failures / untouched.runs);
}
