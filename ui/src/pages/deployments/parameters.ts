/** The parameters of a deployment as fields of a form, and what they are set to at first. */
import { writeJson } from "../../api/exact";
import type { Deployment, Run } from "../../api/types";
import { type Field, fieldsOf, type Schema } from "../../parts/form/schema";

type Values = Record<string, unknown>;

/** By their schema; where there is none, one for each that the deployment sets. */
export function parametersOf({ parameter_schema, parameters }: Deployment): Field[] {
  const fields = fieldsOf(parameter_schema as Schema);
  if (fields.length > 0) return fields;
  return Object.keys(parameters).map((name) => ({
    name,
    label: name,
    description: null,
    required: false,
    nullable: false,
    initial: undefined,
    kind: "json",
    orText: true,
  }));
}

/** What a run was given goes before what the deployment says, and that before what the flow does. */
export function valuesOf(fields: readonly Field[], { parameters }: Deployment, like?: Run): Values {
  const initial = Object.fromEntries(fields.map(({ name, initial }) => [name, initial]));
  return { ...initial, ...(parameters as Values), ...readable(like?.parameters) };
}

/** What a run tells whole of its parameters: secrets have stars in them, what is long is cut or named. */
function readable(parameters: unknown): Values {
  const shown = Object.entries((parameters ?? {}) as Values);
  return Object.fromEntries(shown.filter(([, value]) => !TOLD_IN_PART.test(writeJson(value))));
}

/** `"********"`, `"postgresql://********@db"`, `"abc…"`, `"<list of 30>"`. */
const TOLD_IN_PART = /\*{4,}|…|"<[\w.]+ [^"]*>"/;
