/** The times that the map looks back. */

export const SPANS = ["24h", "7d", "30d"] as const;
export type Span = (typeof SPANS)[number];

const DAYS: Record<Span, number> = { "24h": 1, "7d": 7, "30d": 30 };
const DAY_MS = 86_400_000;

/** When the time began, as the API is asked. */
export function beginOf(span: Span, now: Date): string {
  return new Date(now.getTime() - DAYS[span] * DAY_MS).toISOString();
}
