import Anser from "anser";
import type { CSSProperties } from "react";

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

const ESCAPE = "\u001b";

/** A text with the colours that its terminal would have had. */
export function Ansi({ text }: { text: string }) {
  if (!text.includes(ESCAPE)) return text;
  const parts = Anser.ansiToJson(text, { json: true, use_classes: true, remove_empty: true });
  return parts.map(({ content, fg, decorations }, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text have no other name
    <span key={index} style={styleOf(fg, decorations)}>
      {content}
    </span>
  ));
}

function styleOf(fg: string | null, decorations: readonly string[]): CSSProperties {
  const token = TOKENS[(fg ?? "").replace("ansi-", "")];
  return {
    ...(token && { color: `var(--${token})` }),
    ...(decorations.includes("bold") && { fontWeight: 700 }),
    ...(decorations.includes("italic") && { fontStyle: "italic" }),
    ...(decorations.includes("underline") && { textDecoration: "underline" }),
  };
}

/** The text without what was for the terminal. */
export function plain(text: string): string {
  return text.includes(ESCAPE) ? Anser.ansiToText(text) : text;
}
