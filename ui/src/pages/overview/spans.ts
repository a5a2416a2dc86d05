/** The times that the overview looks back. */

export const SPANS = ["24h", "7d", "30d"] as const;
export type Span = (typeof SPANS)[number];

export const SPOKEN: Record<Span, string> = {
  "24h": "24 hours",
  "7d": "7 days",
  "30d": "30 days",
};
