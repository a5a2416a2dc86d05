/** What the addresses of the blocks say. */

export interface BlocksSearch {
  /** Part of the name. */
  q?: string;
  /** Slugs of types. */
  type?: string[];
}

export interface NewSearch {
  /** Slug of the type that it is to be of. */
  type?: string;
}
