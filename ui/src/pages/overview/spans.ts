/** The times that the overview looks back, and what one bar of them is. */

export const SPANS = ["24h", "7d", "30d"] as const;
export type Span = (typeof SPANS)[number];

export const SPOKEN: Record<Span, string> = {
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
};

interface Bars {
  /** Seconds of one bar. */
  step: number;
  count: number;
}

const HOUR = 3_600;

const BARS: Record<Span, Bars> = {
  "24h": { step: HOUR / 2, count: 48 },
  "7d": { step: 4 * HOUR, count: 42 },
  "30d": { step: 12 * HOUR, count: 60 },
};

interface Asked {
  after: string;
  before: string;
  step: number;
}

/** What to ask for, up to the end of the bar that `now` is in: bars stand still while time passes. */
export function rangeOf(span: Span, now: Date): Asked {
  const { step, count } = BARS[span];
  const end = (Math.floor(now.getTime() / 1000 / step) + 1) * step;
  return { after: iso(end - step * count), before: iso(end), step };
}

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
