/** JSON whose numbers keep their digits: those of the browser round long ones, and forget that 1.0 was none. */

/** A number that the browser would write otherwise. */
export class Exact {
  // Private, so that whoever looks for what is in it finds nothing, as in a number.
  readonly #digits: string;

  constructor(digits: string) {
    this.#digits = digits;
  }

  toString(): string {
    return this.#digits;
  }

  valueOf(): number {
    return Number(this.#digits);
  }
}

const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const IS_NUMBER = new RegExp(`^${NUMBER}$`);
const PART = new RegExp(String.raw`\\.|"|${NUMBER}`, "g");

/** What no text holds: it is made up anew for each page. */
const MARK = `exact ${Math.random()} `;
const MARKED = new RegExp(`"${MARK.replaceAll(".", "\\.")}([^"]*)"`, "g");

/** Read JSON. Raises SyntaxError. */
export function readJson(text: string): unknown {
  const rounded: unknown = JSON.parse(text);
  let isText = false;
  let isRounded = false;
  const marked = text.replace(PART, (part) => {
    if (part === '"') isText = !isText;
    if (isText || !IS_NUMBER.test(part) || String(Number(part)) === part) return part;
    isRounded = true;
    return `"${MARK}${part}"`;
  });
  if (!isRounded) return rounded;
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === "string" && value.startsWith(MARK)
      ? new Exact(value.slice(MARK.length))
      : value,
  );
}

export function writeJson(value: unknown, indent?: number): string {
  const marked = JSON.stringify(
    value,
    (_, each: unknown) => (each instanceof Exact ? `${MARK}${each}` : each),
    indent,
  );
  return marked.replace(MARKED, "$1");
}

/** The number that is written there, NaN where none is. */
export function numberIn(text: string): number | Exact {
  const number = Number(text);
  return IS_NUMBER.test(text) && String(number) !== text ? new Exact(text) : number;
}

/** Whether a value is a number, whichever way it was read. */
export function isNumber(value: unknown): value is number | Exact {
  return typeof value === "number" || value instanceof Exact;
}

/** Whether a value has names: an object of JSON, and no list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  const isOther = value === null || Array.isArray(value) || value instanceof Exact;
  return typeof value === "object" && !isOther;
}

// --- answers --------------------------------------------------------------------------------------

/** What users say: of all else, the types of the API tell what numbers there are. */
const SAID_BY_USERS: ReadonlySet<string> = new Set([
  "base_job_template",
  "body",
  "data",
  "job_variables",
  "parameter_schema",
  "parameters",
  "payload",
  "pull_steps",
  "schema",
  "value",
]);

/** Read an answer whose numbers are exact in what users have said. */
export function readAnswer(text: string): unknown {
  return joined(JSON.parse(text), readJson(text));
}

function joined(rounded: unknown, exact: unknown): unknown {
  if (Array.isArray(rounded))
    return rounded.map((each, at) => joined(each, (exact as unknown[])[at]));
  if (!isRecord(rounded)) return rounded;
  return Object.fromEntries(
    Object.entries(rounded).map(([key, each]) => {
      const other = (exact as Record<string, unknown>)[key];
      return [key, SAID_BY_USERS.has(key) ? other : joined(each, other)];
    }),
  );
}
