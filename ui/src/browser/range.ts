/** A range of time as it stands in an address: `t=2026-01-31T02:13:00Z..2026-01-31T02:20:00Z`. */

export interface Range {
  from: string;
  to: string;
}

export function parseRange(text: string | undefined): Range | undefined {
  const [from, to, more] = (text ?? "").split("..");
  if (from === undefined || to === undefined || more !== undefined) return undefined;
  const [start, end] = [momentOf(from), momentOf(to)];
  if (!(start < end)) return undefined;
  // As the API reads them: it takes no day alone, for one.
  return { from: short(start), to: short(end) };
}

/** Of a day alone its first moment, in UTC. Browsers read much else: `1` as a month. */
function momentOf(written: string): Date {
  return new Date(/^\d{4}-\d\d-\d\d(T|$)/.test(written) ? written : Number.NaN);
}

export function writeRange(from: Date, to: Date): string {
  return `${short(from)}..${short(to)}`;
}

function short(at: Date): string {
  return at.toISOString().replace(".000Z", "Z");
}
