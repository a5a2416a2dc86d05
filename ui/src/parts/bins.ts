/** Spans of time side by side, as histograms have them, and ranges of them. */

export interface Bins {
  since: Date;
  until: Date;
  /** Seconds of one. */
  step: number;
}

export interface TimeRange {
  from: Date;
  to: Date;
}

/** First and last of some bins, both included. */
export type BinRange = readonly [first: number, last: number];

export function binCount({ since, until, step }: Bins): number {
  return Math.max(1, Math.ceil((until.getTime() - since.getTime()) / 1000 / step));
}

export function startOf({ since, step }: Bins, bin: number): Date {
  return new Date(since.getTime() + bin * step * 1000);
}

/** The time of some bins; the last one ends with the histogram. */
export function timeOf(bins: Bins, [one, other]: BinRange): TimeRange {
  const end = startOf(bins, Math.max(one, other) + 1);
  return {
    from: startOf(bins, Math.min(one, other)),
    to: end > bins.until ? bins.until : end,
  };
}

/** The bins that a time reaches into, null where it is beside all of them. */
export function binsOf(bins: Bins, { from, to }: TimeRange): BinRange | null {
  const last = binCount(bins) - 1;
  const first = Math.floor((from.getTime() - bins.since.getTime()) / 1000 / bins.step);
  const end = Math.ceil((to.getTime() - bins.since.getTime()) / 1000 / bins.step) - 1;
  if (first > last || end < 0) return null;
  return [Math.max(first, 0), Math.min(Math.max(end, first), last)];
}
