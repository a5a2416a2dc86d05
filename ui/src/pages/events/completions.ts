/** What the term that is being typed may become. */
import { FIELDS, type Field, type Term, termsOf, termText } from "../../parts/terms";

/** Values that there are, the most frequent first. */
export type Known = Partial<Record<Field, readonly string[]>>;

export interface Completion {
  /** What the term becomes. */
  text: string;
  /** As the list shows it. */
  label: string;
  /** Whether the term is whole then; a field still wants its value. */
  whole: boolean;
}

const MOST = 10;

const ABOUT: Record<Field, string> = {
  type: "name of the event, * is anything",
  resource: "what it is about, or the system that is in",
  related: "what took part",
  involves: "what it is about or took part",
  role: "in which something took part",
  kind: "of the resource: s3, flow-run",
  source: "who told: flow, server, outside",
  run: "it happened in that run or below it",
  text: "words in the payload or the name",
};

/** The term that the cursor is in, null between terms. */
export function termAt(text: string, cursor: number): Term | null {
  return termsOf(text).find(({ start, end }) => start < cursor && cursor <= end) ?? null;
}

export function completionsOf(text: string, cursor: number, known: Known): Completion[] {
  const term = termAt(text, cursor);
  if (term === null) return fieldsLike("", false);
  const typed = text.slice(term.start, cursor);
  const isField = /^-?[A-Za-z_]*$/.test(typed);
  if (isField) return fieldsLike(typed.replace("-", ""), term.negated);
  return valuesLike(term, known[term.field] ?? []);
}

function fieldsLike(begun: string, negated: boolean): Completion[] {
  return FIELDS.filter((field) => field.startsWith(begun.toLowerCase())).map((field) => ({
    text: `${negated ? "-" : ""}${field}:`,
    label: `${field}: ${ABOUT[field]}`,
    whole: false,
  }));
}

function valuesLike({ field, value, negated }: Term, values: readonly string[]): Completion[] {
  const begun = value.replaceAll("*", "").toLowerCase();
  return values
    .filter((one) => one.toLowerCase().includes(begun) && one !== value)
    .slice(0, MOST)
    .map((one) => ({ text: termText({ field, value: one, negated }), label: one, whole: true }));
}

/** The text with the term at the cursor completed, and where the cursor is then. */
export function completed(text: string, cursor: number, { text: by, whole }: Completion) {
  const term = termAt(text, cursor);
  const start = term?.start ?? cursor;
  const rest = text.slice(term?.end ?? cursor).trimStart();
  const done = text.slice(0, start) + by + (whole ? " " : "");
  return { text: done + rest, cursor: done.length };
}
