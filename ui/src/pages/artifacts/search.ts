/** The filters of the artifacts, as they stand in the address. */
import type { Schemas } from "../../api/types";
import { type Address, oneOf, text } from "../../browser/address";

export type ArtifactKind = Schemas["ArtifactKind"];

export const KINDS = [
  "markdown",
  "table",
  "link",
  "image",
  "progress",
] as const satisfies readonly ArtifactKind[];

export interface ArtifactsSearch {
  kind?: ArtifactKind;
  /** The versions of this key; without it the newest of each. */
  key?: string;
}

export function readSearch(search: Address): ArtifactsSearch {
  return { kind: oneOf(KINDS, search.kind), key: text(search.key) };
}
