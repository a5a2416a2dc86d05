import type { CSSProperties } from "react";
import { visible } from "../../../browser/visible";
import styles from "./Ansi.module.css";
import { type Piece, piecesOf } from "./pieces";
import { soughtIn } from "./sought";

/** The sixteen colours of terminals, as far as they can be read in both themes. */
const TOKENS: Record<string, string> = {
  red: "bad",
  green: "ok",
  yellow: "warn",
  blue: "run",
  cyan: "run",
  magenta: "external",
  "bright-red": "bad",
  "bright-green": "ok",
  "bright-yellow": "warn",
  "bright-blue": "run",
  "bright-cyan": "run",
  "bright-magenta": "external",
};

interface Told {
  text: string;
  /** Marked wherever it stands in the text. */
  find: string | undefined;
}

/** A text with the colours that its terminal would have had. */
export function Ansi({ text, find }: Told) {
  return piecesOf(text, soughtIn(find)).map((piece, index) => {
    const Tag = piece.found ? "mark" : "span";
    return (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
      <Tag key={index} className={piece.found ? styles.found : undefined} style={styleOf(piece)}>
        {visible(piece.text)}
      </Tag>
    );
  });
}

function styleOf({ colour, decorations, found }: Piece): CSSProperties {
  const token = TOKENS[colour ?? ""];
  return {
    // A mark has a ground of its own, on which not every colour can be read.
    ...(token && !found && { color: `var(--${token})` }),
    ...(decorations.includes("bold") && { fontWeight: 700 }),
    ...(decorations.includes("italic") && { fontStyle: "italic" }),
    ...(decorations.includes("underline") && { textDecoration: "underline" }),
  };
}
