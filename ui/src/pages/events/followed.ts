/** What of the log the page follows. */
import type { LiveFilter } from "../../api/live";

/** What is new is counted with each batch of the stream. */
export const AT_ONCE_MS = 0;

export function followed(q: string | undefined): LiveFilter {
  return q === undefined ? {} : { q: [q] };
}
