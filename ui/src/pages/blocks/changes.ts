/** When the secrets of blocks became others, as their events tell. */
import type { LoggedEvent } from "../../api/types";
import { asRecord } from "../../parts/events";
import type { Mark } from "../../parts/resource/Marks";
import { labelOf } from "../../parts/resources";

/** One for each change of the version of a credential; the events are given with the last first. */
export function credentialChanges(events: readonly LoggedEvent[]): Mark[] {
  const before = new Map<string, unknown>();
  const marks: Mark[] = [];
  for (const { resource, occurred, payload } of events.toReversed()) {
    const version = asRecord(payload).credential_version ?? null;
    const known = before.get(resource.id);
    before.set(resource.id, version);
    if (known === undefined || known === version) continue;
    marks.push({ at: occurred, says: `Secrets of ${labelOf(resource)} changed` });
  }
  return marks;
}
