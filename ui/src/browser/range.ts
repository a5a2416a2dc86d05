/** A range of time as it stands in an address: `t=2026-01-31T02:13:00Z..2026-01-31T02:20:00Z`. */

export interface Range {
  from: string;
  to: string;
}

export function parseRange(text: string | undefined): Range | undefined {
  const [from, to, more] = (text ?? "").split("..");
  if (from === undefined || to === undefined || more !== undefined) return undefined;
  return Date.parse(from) < Date.parse(to) ? { from, to } : undefined;
}

export function writeRange(from: Date, to: Date): string {
  return `${short(from)}..${short(to)}`;
}

function short(at: Date): string {
  return at.toISOString().replace(".000Z", "Z");
}
