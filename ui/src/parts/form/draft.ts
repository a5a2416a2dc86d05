/** What someone has filled in so far, and what it comes to. */
import { isRecord, numberIn, readJson, writeJson } from "../../api/exact";
import { referenceOf } from "./reference";
import type { Field } from "./schema";

/** What came stays as it is, digit for digit, as long as nothing else is typed. */
export interface TextDraft {
  text: string;
  came: unknown;
}

export interface SwitchDraft {
  on: boolean;
  came: unknown;
}

/** A secret that is set stays as long as nothing is typed; what it is nobody is told. */
export interface SecretDraft {
  text: string;
  /** Where it is set; null: it is not. */
  set: string | null;
}

export interface BlockDraft {
  /** Id of a block, `OWN` for fields of its own, or empty. */
  chosen: string;
  own: Record<string, Draft>;
}

export interface GroupDraft {
  /** An optional group may be left out as a whole. */
  there: boolean;
  own: Record<string, Draft>;
}

export type Draft = TextDraft | SwitchDraft | SecretDraft | BlockDraft | GroupDraft | ListDraft;

export interface ListDraft {
  items: { key: number; draft: Draft }[];
  came: unknown;
}

export const OWN = "own";

/** What stands for a secret that the server is to keep. */
export const MASK = "********";

/** Problems by the path of their field. */
export type Problems = Record<string, string>;

let keys = 0;

// --- from data ------------------------------------------------------------------------------------

/** The draft of fields: of a block that is there, its data and the paths of its secrets. */
export function draftsOf(
  fields: readonly Field[],
  data: Record<string, unknown> | null,
  secrets: readonly string[] = [],
  path = "",
): Record<string, Draft> {
  return Object.fromEntries(
    fields.map((field) => {
      const value = data === null ? field.initial : data[field.name];
      return [field.name, draftOf(field, value, secrets, joined(path, field.name))];
    }),
  );
}

export function draftOf(
  field: Field,
  value: unknown,
  secrets: readonly string[],
  path: string,
): Draft {
  switch (field.kind) {
    case "boolean":
      return { on: value === true, came: value };
    case "secret":
      return { text: "", set: secrets.includes(path) ? path : null };
    case "list":
      return {
        items: asList(value).map((one, at) => itemOf(field.item, one, secrets, `${path}.${at}`)),
        came: value,
      };
    case "group":
      return {
        there: field.required || isThere(value),
        own: draftsOf(field.fields, asRecord(value), secrets, path),
      };
    case "block":
      return blockDraftOf(field, value, secrets, path);
    default:
      return { text: written(field, value), came: value };
  }
}

function blockDraftOf(
  field: Field & { kind: "block" },
  value: unknown,
  secrets: readonly string[],
  path: string,
): BlockDraft {
  const refers = referenceOf(value);
  const own = refers === null ? asRecord(value) : null;
  return {
    chosen: refers ?? (own === null ? "" : OWN),
    own: draftsOf(field.fields, own, secrets, path),
  };
}

export function itemOf(item: Field, value: unknown, secrets: readonly string[] = [], path = "") {
  keys += 1;
  return { key: keys, draft: draftOf(item, value, secrets, path) };
}

function written(field: Field, value: unknown): string {
  if (!isThere(value)) return "";
  if (field.kind === "choice") return writeJson(value);
  const isJson = field.kind === "json" && !(field.orText && typeof value === "string");
  return isJson ? writeJson(value, 2) : String(value);
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function asRecord(value: unknown): Record<string, unknown> | null {
  return isRecord(value) ? value : null;
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

// --- to data --------------------------------------------------------------------------------------

/** The data that drafts come to; what is wrong with them is noted by its path. */
export function dataOf(
  fields: readonly Field[],
  drafts: Record<string, Draft>,
  problems: Problems,
  path = "",
): Record<string, unknown> {
  const data: Record<string, unknown> = {};
  for (const field of fields) {
    const value = readOf(field, drafts[field.name], problems, joined(path, field.name));
    if (value !== undefined) data[field.name] = value;
  }
  return data;
}

/** The path of the input that shows what is said of a place in the data; null: none does. */
export function inputAt(
  fields: readonly Field[],
  drafts: Record<string, Draft>,
  place: string,
  path = "",
): string | null {
  const [name = "", ...below] = place.split(".");
  const field = fields.find((one) => one.name === name);
  if (field === undefined) return null;
  return deepest(field, drafts[name], below, joined(path, name));
}

/** What is written as one text has no inputs below it. */
function deepest(field: Field, draft: Draft | undefined, below: string[], path: string): string {
  const [at = "", ...rest] = below;
  if (field.kind === "list") {
    const item = (draft as ListDraft).items[Number(at)];
    return item === undefined ? path : deepest(field.item, item.draft, rest, `${path}.${at}`);
  }
  const isOpen =
    (field.kind === "group" && (draft as GroupDraft).there) ||
    (field.kind === "block" && (draft as BlockDraft).chosen === OWN);
  if (!isOpen || at === "") return path;
  const { own } = draft as BlockDraft | GroupDraft;
  return inputAt(field.fields, own, below.join("."), path) ?? path;
}

/** Undefined: it is left out, and is what the type says then. */
function readOf(field: Field, draft: Draft | undefined, problems: Problems, path: string): unknown {
  switch (field.kind) {
    case "boolean":
      return switched(field, draft as SwitchDraft);
    case "secret":
      return secretOf(field, draft as SecretDraft, problems, path);
    case "list": {
      const { items, came } = draft as ListDraft;
      if (items.length === 0 && came === null && field.nullable) return came;
      return items.map(({ draft: one }, at) => readOf(field.item, one, problems, `${path}.${at}`));
    }
    case "group": {
      const { there, own } = draft as GroupDraft;
      return there ? dataOf(field.fields, own, problems, path) : missing(field);
    }
    case "block":
      return blockOf(field, draft as BlockDraft, problems, path);
    default:
      return typedOf(field, draft as TextDraft, problems, path);
  }
}

/** What is null, and so neither on nor off, stays so until it is turned on. */
function switched({ nullable }: Field, { on, came }: SwitchDraft): boolean | null {
  return came === null && !on && nullable ? came : on;
}

function typedOf(field: Field, draft: TextDraft, problems: Problems, path: string): unknown {
  const { text, came } = draft;
  const fits = came === null ? field.nullable : came !== undefined;
  return fits && text === written(field, came) ? came : textOf(field, draft, problems, path);
}

function secretOf(
  field: Field & { kind: "secret" },
  draft: SecretDraft,
  problems: Problems,
  path: string,
) {
  if (draft.text !== "") return field.json ? parsed(draft.text, problems, path) : draft.text;
  if (draft.set === path) return MASK;
  if (draft.set !== null) problems[path] = "It has moved: type it again.";
  else if (field.required) problems[path] = "It is needed.";
  return missing(field);
}

function blockOf(
  field: Field & { kind: "block" },
  draft: BlockDraft,
  problems: Problems,
  path: string,
) {
  if (draft.chosen === OWN) return dataOf(field.fields, draft.own, problems, path);
  if (draft.chosen !== "") return { $ref: { block_document_id: draft.chosen } };
  if (field.required) problems[path] = `Choose a block of type ${field.type}.`;
  return missing(field);
}

function textOf(
  field: Field,
  { text, came }: TextDraft,
  problems: Problems,
  path: string,
): unknown {
  if (text.trim() === "") {
    if (field.required) problems[path] = "It is needed.";
    else if (field.kind === "text" && !field.nullable) return text;
    return missing(field);
  }
  if (field.kind === "number") return numberOf(field, text, problems, path);
  if (field.kind === "decimal") return decimalOf(text.trim(), problems, path);
  if (field.kind === "choice") return readJson(text);
  if (field.kind !== "json") return text;
  return field.orText ? eitherOf(text, came) : parsed(text, problems, path);
}

function numberOf(
  field: Field & { kind: "number" },
  text: string,
  problems: Problems,
  path: string,
) {
  const number = Number(text);
  const { whole, least, most } = field;
  if (Number.isNaN(number)) problems[path] = "Give a number.";
  else if (whole && !Number.isInteger(number)) problems[path] = "Give a whole number.";
  else if (least !== null && number < least) problems[path] = `Give ${least} or more.`;
  else if (most !== null && number > most) problems[path] = `Give ${most} or less.`;
  // 1e3 is a whole number, too, but none that the server takes for one.
  return whole && /[.e]/i.test(text) ? number : numberIn(text.trim());
}

function decimalOf(text: string, problems: Problems, path: string): string {
  if (Number.isNaN(Number(text))) problems[path] = "Give a number.";
  return text;
}

function parsed(text: string, problems: Problems, path: string): unknown {
  try {
    return readJson(text);
  } catch {
    problems[path] = 'This is no JSON. Write it like {"key": "value"} or [1, 2].';
    return undefined;
  }
}

/** `true` and `3` as they are, and anything that is no JSON as a text, as are the digits of what was one. */
function eitherOf(text: string, came: unknown): unknown {
  if (typeof came === "string" && !Number.isNaN(Number(text))) return text;
  try {
    return readJson(text);
  } catch {
    return text;
  }
}

function missing({ nullable }: Field): null | undefined {
  return nullable ? null : undefined;
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
