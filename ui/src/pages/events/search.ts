/** What the address of the events says, and the times it stands for. */
import { parseRange } from "../../browser/range";
import type { TimeRange } from "../../parts/bins";
import { type Span, type Window, windowBetween, windowOf } from "../../parts/spans";

export const LAYERS = ["outcome", "name"] as const;
export const BASES = ["before", "day", "week"] as const;

export type Base = (typeof BASES)[number];

export interface EventsSearch {
  q?: string;
  /** How far back the histogram goes; a day if nothing is said. */
  span?: Span;
  /** The time it shows instead: `a..b`. */
  t?: string;
  /** The range that was chosen in it, to which the list keeps: `a..b`. */
  sel?: string;
  /** What a layer of the histogram is. */
  by?: (typeof LAYERS)[number];
  /** The range is compared with what: the time before it, or the same a day or a week ago. */
  compare?: Base;
  /** The event that is open. */
  open?: string;
}

export const DEFAULT_SPAN: Span = "24h";

/** The time that the histogram shows. */
export function shownWindow({ span, t }: EventsSearch, now: Date): Window {
  const shown = rangeOf(t);
  return shown ? windowBetween(shown.from, shown.to) : windowOf(span ?? DEFAULT_SPAN, now);
}

/** Whether what happens now belongs to what is shown. */
export function isLive({ t, sel }: EventsSearch): boolean {
  return t === undefined && sel === undefined;
}

export function chosenRange({ sel }: EventsSearch): TimeRange | null {
  return rangeOf(sel);
}

function rangeOf(written: string | undefined): TimeRange | null {
  const range = parseRange(written);
  return range ? { from: new Date(range.from), to: new Date(range.to) } : null;
}

const DAY_MS = 86_400_000;
const BACK_MS: Record<Exclude<Base, "before">, number> = { day: DAY_MS, week: 7 * DAY_MS };

/** What a range is compared with. */
export function baseOf({ from, to }: TimeRange, base: Base): TimeRange {
  const back = base === "before" ? to.getTime() - from.getTime() : BACK_MS[base];
  return { from: new Date(from.getTime() - back), to: new Date(to.getTime() - back) };
}
