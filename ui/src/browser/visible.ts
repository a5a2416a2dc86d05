/** Show what is not seen, or turns letters around: no name or text may look like another one. */

/** Marks of direction: embeddings, overrides, isolates, and those without a width. And what is for
 * a terminal, but for tabs and ends of lines: fonts have an empty box for it, or nothing. */
const UNSEEN = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|(?![\t\n\r])\p{Cc}/gu;

/** `report\u202Efdp` as `report⟨U+202E⟩fdp`. */
export function visible(name: string): string {
  return name.replace(UNSEEN, (mark) => {
    const code = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `⟨U+${code}⟩`;
  });
}
