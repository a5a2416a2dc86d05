/** What a log is searched for, as it is written: in any case, and no pattern. */

export function soughtIn(text: string | undefined): RegExp | null {
  return text ? new RegExp(escaped(text), "gi") : null;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** More of them in one text are not marked: each is an element. */
const MOST = 500;

/** From where to where it stands in a text; what stands side by side is one. */
export function placesOf(sought: RegExp | null, text: string): [from: number, to: number][] {
  const places: [number, number][] = [];
  if (sought === null) return places;
  for (const { index, 0: found } of text.matchAll(sought)) {
    const last = places.at(-1);
    if (last?.[1] === index) last[1] += found.length;
    else if (places.length === MOST) break;
    else places.push([index, index + found.length]);
  }
  return places;
}
