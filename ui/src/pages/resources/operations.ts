/** What runs did with a resource, as the newest events that it is in tell. */
import type { LoggedEvent } from "../../api/types";
import { asRecord } from "../../parts/events";

export interface Operation {
  event: string;
  /** How long it took; null where it does not say. */
  seconds: number | null;
}

/** The last operation of each run, and of the flow run at its top. */
export function operationsOf(newestFirst: readonly LoggedEvent[]): Map<string, Operation> {
  const found = new Map<string, Operation>();
  for (const { event, payload, run, root } of newestFirst) {
    const { seconds } = asRecord(payload);
    const operation = { event, seconds: typeof seconds === "number" ? seconds : null };
    for (const id of [run, root]) if (id && !found.has(id)) found.set(id, operation);
  }
  return found;
}
