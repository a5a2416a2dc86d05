/** A text cut where its colours change, and where what is sought begins and ends. */
import Anser from "anser";
import { placesOf } from "./sought";

export interface Piece {
  text: string;
  /** A colour of the terminal: `red`, `bright-red`; null for the usual one. */
  colour: string | null;
  decorations: readonly string[];
  found: boolean;
}

const ESCAPE = "\u001b";

/** The text without what was for the terminal. */
export function plain(text: string): string {
  return text.includes(ESCAPE) ? Anser.ansiToText(text) : text;
}

export function piecesOf(text: string, sought: RegExp | null): Piece[] {
  const coloured = colouredOf(text);
  const whole = coloured.map((piece) => piece.text).join("");
  const places = placesOf(sought, whole);
  const pieces: Piece[] = [];
  let start = 0;
  for (const piece of coloured) {
    const end = start + piece.text.length;
    let done = start;
    const cut = (until: number, found: boolean) => {
      if (until > done) {
        pieces.push({ ...piece, text: whole.slice(done, until), found });
        done = until;
      }
    };
    for (const [from, to] of places) {
      if (to <= start || from >= end) continue;
      cut(from, false);
      cut(Math.min(to, end), true);
    }
    cut(end, false);
    start = end;
  }
  return pieces;
}

function colouredOf(text: string): Omit<Piece, "found">[] {
  if (!text.includes(ESCAPE)) return [{ text, colour: null, decorations: [] }];
  const parts = Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true });
  return parts.map(({ content, fg, decorations }) => ({
    text: content,
    colour: fg?.replace("ansi-", "") ?? null,
    decorations,
  }));
}
