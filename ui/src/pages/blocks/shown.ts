/** The fields of a block in a list: a line for each value, by where it is. */

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
  if (path !== "" && secrets.includes(path)) return [{ path, secret: true, value: null }];
  const block = referenceOf(data);
  if (block !== null) return [{ path, block, secret: false, value: null }];
  if (data === null || typeof data !== "object" || Object.keys(data).length === 0) {
    return [{ path, secret: false, value: data }];
  }
  return Object.entries(data).flatMap(([key, value]) =>
    linesOf(value, secrets, path === "" ? key : `${path}.${key}`),
  );
}

/** The id of the block to which a value refers, null where it is no reference. */
export function referenceOf(value: unknown): string | null {
  const refers = (value as { $ref?: { block_document_id?: unknown } } | null)?.$ref;
  const id = refers?.block_document_id;
  return typeof id === "string" ? id : null;
}
