/** The terms of a query text, as the server reads them: `resource:s3://lake type:*failed -source:flow`. */

export const FIELDS = [
  "type",
  "resource",
  "related",
  "involves",
  "role",
  "kind",
  "source",
  "run",
  "text",
] as const;

export type Field = (typeof FIELDS)[number];

export interface Term {
  field: Field;
  value: string;
  negated: boolean;
  /** Where it stands in the text. */
  start: number;
  end: number;
}

const TERM = /(-)?(?:([A-Za-z_]+):(?!\/\/))?(?:"((?:[^"\\]|\\.)*)("|$)|([^\s"]*))/y;

/** Read as much as can be read: whoever types is in the middle of a term. */
export function termsOf(text: string): Term[] {
  const terms: Term[] = [];
  for (let at = spaceEnd(text, 0); at < text.length; at = spaceEnd(text, at)) {
    TERM.lastIndex = at;
    const [whole = "", minus, name, quoted, , bare = ""] = TERM.exec(text) ?? [];
    const end = at + Math.max(whole.length, 1);
    const field = name === undefined ? "text" : FIELDS.find((one) => one === name.toLowerCase());
    const value = quoted === undefined ? bare : quoted.replaceAll(/\\(.)/g, "$1");
    if (field !== undefined) terms.push({ field, value, negated: minus === "-", start: at, end });
    at = end;
  }
  return terms;
}

function spaceEnd(text: string, at: number): number {
  let end = at;
  while (/\s/.test(text[end] ?? "")) end += 1;
  return end;
}

type Wanted = Pick<Term, "field" | "value"> & { negated?: boolean };

export function termText({ field, value, negated = false }: Wanted): string {
  const plain = /^[^\s"\\]+$/.test(value) && (field !== "text" || !/^-|^[A-Za-z_]+:/.test(value));
  const written = plain ? value : `"${value.replaceAll(/["\\]/g, "\\$&")}"`;
  return `${negated ? "-" : ""}${field === "text" ? "" : `${field}:`}${written}`;
}

function found(text: string, { field, value, negated = false }: Wanted): Term | undefined {
  return termsOf(text).find(
    (term) => term.field === field && term.value === value && term.negated === negated,
  );
}

export function hasTerm(text: string, term: Wanted): boolean {
  return found(text, term) !== undefined;
}

/** The text with the term at its end, or without it if it was there; nothing for no terms. */
export function toggledTerm(text: string, term: Wanted): string | undefined {
  const there = found(text, term);
  const rest = there === undefined ? text : text.slice(0, there.start) + text.slice(there.end);
  const parts = [rest.replaceAll(/\s+/g, " ").trim(), there === undefined ? termText(term) : ""];
  return parts.join(" ").trim() || undefined;
}
