/** How far back a page looks. */

export const SPANS = ["1h", "24h", "7d", "30d"] as const;

export type Span = (typeof SPANS)[number];

const HOUR = 3_600;
const SECONDS: Record<Span, number> = {
  "1h": HOUR,
  "24h": 24 * HOUR,
  "7d": 7 * 24 * HOUR,
  "30d": 30 * 24 * HOUR,
};

/** Seconds of a bar of a histogram: such that there are about seventy. */
const STEPS: Record<Span, number> = { "1h": 60, "24h": 1_200, "7d": 3 * HOUR, "30d": 12 * HOUR };

export interface Window {
  since: Date;
  until: Date;
  step: number;
}

/** The span up to now, in whole steps, so that it stays the same for a while. */
export function windowOf(span: Span, now: Date): Window {
  const step = STEPS[span];
  const until = Math.ceil(now.getTime() / 1000 / step) * step;
  return { since: new Date((until - SECONDS[span]) * 1000), until: new Date(until * 1000), step };
}

const BARS = 72;

/** The window between two times, in about as many steps. */
export function windowBetween(since: Date, until: Date): Window {
  const seconds = (until.getTime() - since.getTime()) / 1000;
  return { since, until, step: Math.max(1, Math.ceil(seconds / BARS)) };
}
