import type { RunRef } from "../../api/types";

/** Where all that a run logged can be had as text. */
export function logPath({ id, kind }: RunRef): string {
  return `/api/${kind}s/${id}/logs.txt`;
}
