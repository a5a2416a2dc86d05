import type { Which } from "./queries";

/** Where all that a run logged can be had as text. */
export function logPath({ id, kind }: Which): string {
  return `/api/${kind}s/${id}/logs.txt`;
}
