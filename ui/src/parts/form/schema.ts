/** What a form asks for, by a JSON schema: of the fields of a block, the parameters of a flow. */

export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  format?: string;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  $ref?: string;
  block_type_slug?: string;
  /** At the top of a type's schema. */
  $defs?: Record<string, Schema>;
  secret_fields?: string[];
  /** The fields that passwords of addresses are moved to, by the paths of the addresses. */
  password_fields?: Record<string, string>;
}

interface Common {
  name: string;
  label: string;
  description: string | null;
  required: boolean;
  /** It may be null. */
  nullable: boolean;
  initial: unknown;
}

export type Field = Common &
  (
    | { kind: "text"; long: boolean; format: string | null }
    | { kind: "number"; whole: boolean; least: number | null; most: number | null }
    /** A number that is said as a text, so that no digit is lost. */
    | { kind: "decimal" }
    | { kind: "boolean" }
    | { kind: "choice"; choices: readonly unknown[] }
    | { kind: "secret"; json: boolean }
    | { kind: "group"; fields: readonly Field[] }
    | { kind: "list"; item: Field }
    | { kind: "block"; type: string; fields: readonly Field[] }
    /** Anything else: written as JSON. */
    | { kind: "json"; orText: boolean }
  );

/** Levels of groups, beyond which JSON is asked for: types may hold themselves. */
const DEEPEST = 6;

/** The fields of a type. */
export function fieldsOf(top: Schema): Field[] {
  const of: Known = { defs: top.$defs ?? {}, secrets: secretsOf(top) };
  return propertiesOf(top, of, []);
}

/** As the server has them: `core.blocks.secret_fields`. */
function secretsOf({ secret_fields, password_fields }: Schema): string[] {
  const passwords = Object.entries(password_fields ?? {}).map(([path, field]) =>
    [...path.split(".").slice(0, -1), field].join("."),
  );
  return [...(secret_fields ?? []), ...passwords];
}

interface Known {
  defs: Record<string, Schema>;
  /** Paths, in which `*` is any key or place. */
  secrets: readonly string[];
}

function propertiesOf(schema: Schema, of: Known, path: readonly string[]): Field[] {
  const required = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, each]) =>
    fieldOf({ name, schema: each, required: required.has(name) }, of, [...path, name]),
  );
}

interface Declared {
  name: string;
  schema: Schema;
  required: boolean;
}

function fieldOf({ name, schema, required }: Declared, of: Known, path: string[]): Field {
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  const others = choices.filter(({ type }) => type !== "null");
  const nullable = others.length < choices.length;
  const only = others.length === 1 ? others[0] : (schema.allOf?.[0] ?? schema);
  const meant = resolved(only ?? schema, of);
  const common: Common = {
    name,
    label: schema.title ?? worded(name),
    description: schema.description ?? null,
    required,
    nullable,
    initial: schema.default ?? meant.default,
  };
  return { ...common, ...kindOf(others.length > 1 ? { anyOf: others } : meant, of, path) };
}

/** `bucket_name` as people write it: `Bucket name`. */
function worded(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function resolved(schema: Schema, { defs }: Known): Schema {
  const name = schema.$ref?.replace(/^#\/\$defs\//, "");
  return name === undefined ? schema : { ...defs[name], ...schema };
}

type Kind = Field extends infer F ? (F extends Common ? Omit<F, keyof Common> : never) : never;

function kindOf(schema: Schema, of: Known, path: string[]): Kind {
  if (isSecret(of.secrets, path)) {
    return { kind: "secret", json: (schema.type ?? "string") !== "string" };
  }
  if (schema.anyOf) {
    if (schema.anyOf.some(isDecimal)) return { kind: "decimal" };
    return { kind: "json", orText: schema.anyOf.some(({ type }) => type === "string") };
  }
  const choices = schema.enum ?? (schema.const === undefined ? null : [schema.const]);
  if (choices !== null) return { kind: "choice", choices };
  return byType(schema, of, path);
}

function byType(schema: Schema, of: Known, path: string[]): Kind {
  switch (schema.type) {
    case "string":
      return { kind: "text", long: schema.format === "multi-line", format: schema.format ?? null };
    case "integer":
    case "number":
      return {
        kind: "number",
        whole: schema.type === "integer",
        least: schema.minimum ?? null,
        most: schema.maximum ?? null,
      };
    case "boolean":
      return { kind: "boolean" };
    default:
      return withParts(schema, of, path);
  }
}

function withParts(schema: Schema, of: Known, path: string[]): Kind {
  if (path.length > DEEPEST) return { kind: "json", orText: false };
  const { items, block_type_slug: type } = schema;
  if (schema.type === "array" && items !== undefined) {
    const declared = { name: "", schema: items, required: true };
    return { kind: "list", item: fieldOf(declared, of, [...path, "*"]) };
  }
  const fields = propertiesOf(schema, of, path);
  if (type !== undefined) return { kind: "block", type, fields };
  if (fields.length > 0) return { kind: "group", fields };
  return { kind: "json", orText: false };
}

/** Whether pydantic takes a `Decimal` there: what it takes as a text has this pattern. */
function isDecimal({ type, pattern }: Schema): boolean {
  return type === "string" && (pattern ?? "").startsWith("^(?!^[-+.]*$)[+-]?0*");
}

function isSecret(secrets: readonly string[], path: readonly string[]): boolean {
  return secrets.some((secret) => {
    const parts = secret.split(".");
    const fits = (part: string, at: number) =>
      part === path[at] || part === "*" || path[at] === "*";
    return parts.length === path.length && parts.every(fits);
  });
}
