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

/** The span up to now, begun and ended with a whole step, so that it stays the same for a while:
 * the same for every page that shows it. */
export function windowOf(span: Span, now: Date): Window {
  const step = STEPS[span];
  const stepsTo = (seconds: number) => Math.floor(seconds / step) * step;
  const moment = now.getTime() / 1000;
  return {
    since: new Date(stepsTo(moment - SECONDS[span]) * 1000),
    until: new Date((stepsTo(moment) + step) * 1000),
    step,
  };
}

const BARS = 72;

/** The window between two times, in about as many steps. */
export function windowBetween(since: Date, until: Date): Window {
  const seconds = (until.getTime() - since.getTime()) / 1000;
  return { since, until, step: Math.max(1, Math.ceil(seconds / BARS)) };
}
