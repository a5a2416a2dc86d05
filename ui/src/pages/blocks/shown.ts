/** The fields of a block in a list: a line for each value, by where it is. */
import { MASK } from "../../parts/form/draft";
import { referenceOf } from "../../parts/form/reference";

export interface Line {
  /** `credentials`, `auth.token`. */
  path: string;
  /** The id of a nested block, where that stands there. */
  block?: string;
  /** A secret: only that it is set is known. */
  secret: boolean;
  value: unknown;
}

/** Lines of the data of a block, whose secrets are those paths. */
export function linesOf(data: unknown, secrets: readonly string[], path = ""): Line[] {
  if (path !== "" && secrets.includes(path) && !isPartlySecret(data)) {
    return [{ path, secret: true, value: null }];
  }
  const block = referenceOf(data);
  if (block !== null) return [{ path, block, secret: false, value: null }];
  if (data === null || typeof data !== "object" || Object.keys(data).length === 0) {
    return [{ path, secret: false, value: data }];
  }
  return Object.entries(data).flatMap(([key, value]) =>
    linesOf(value, secrets, path === "" ? key : `${path}.${key}`),
  );
}

/** Of an address only the password is masked: `postgresql://etl:********@db/orders`. */
function isPartlySecret(value: unknown): boolean {
  return typeof value === "string" && value !== MASK;
}
