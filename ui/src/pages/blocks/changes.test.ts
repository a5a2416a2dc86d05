import { expect, test } from "vitest";
import type { LoggedEvent } from "../../api/types";
import { credentialChanges } from "./changes";

function told(id: string, occurred: string, version: string | null): LoggedEvent {
  return {
    resource: { id, name: id, labels: {} },
    occurred,
    payload: { credential_version: version },
  } as unknown as LoggedEvent;
}

test("a change is told where the version is another than before, of each block for itself", () => {
  const events = [
    told("a", "2026-01-04T00:00:00Z", "2"),
    told("a", "2026-01-03T00:00:00Z", "2"),
    told("b", "2026-01-02T00:00:00Z", "9"),
    told("a", "2026-01-01T00:00:00Z", "1"),
  ];
  expect(credentialChanges(events)).toEqual([
    { at: "2026-01-03T00:00:00Z", says: "Secrets of a changed" },
  ]);
});
