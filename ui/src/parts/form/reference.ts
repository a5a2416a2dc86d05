/** Blocks that stand in the values of a form. */

/** The id of the block to which a value refers, null where it is no reference. */
export function referenceOf(value: unknown): string | null {
  const refers = (value as { $ref?: { block_document_id?: unknown } } | null)?.$ref;
  const id = refers?.block_document_id;
  return typeof id === "string" ? id : null;
}
