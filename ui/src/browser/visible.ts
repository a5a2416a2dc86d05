/** Show what would turn the order of letters around: no name or text may look like another one. */

/** Marks of direction: embeddings, overrides, isolates, and those without a width. */
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** `report\u202Efdp` as `report⟨U+202E⟩fdp`. */
export function visible(name: string): string {
  return name.replace(TURNS, (mark) => {
    const code = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}⟩`;
  });
}
