import { describe, expect, test } from "vitest";
import type { LoggedEvent, Why } from "../../api/types";
import { madeId } from "./made";
import {
  besideOf,
  chainOf,
  historyOf,
  messagesOf,
  nothingOf,
  toEvent,
  unknownOf,
  watchedOf,
} from "./reasons";

function event(id: string, name: string, resource: string, occurred: string): LoggedEvent {
  return {
    position: 7,
    id,
    occurred,
    event: name,
    resource: { id: resource },
    payload: name.includes("flow-run") ? { type: "FAILED" } : {},
  } as LoggedEvent;
}

const RUN = {
  id: madeId(0),
  name: "orders",
  state: { type: "FAILED", details: {} },
  expected: "2026-01-31T02:00:00Z",
  ended: "2026-01-31T02:10:00Z",
};
const EXPIRED = event("e", "credential.expired", "postgresql://db", "2026-01-31T01:30:00Z");
const FAILED = event(
  "f",
  "peninsula.flow-run.failed",
  `peninsula.flow-run.${madeId(0)}`,
  "2026-01-31T02:10:00Z",
);
const WHY = {
  run: RUN,
  until: "2026-01-31T02:10:00Z",
  chain: [FAILED],
  names: { [madeId(0)]: "orders" },
  cause: EXPIRED.id,
  suspects: [{ event: EXPIRED, strength: "linked", system: "postgresql://db" }],
  origin: { id: madeId(1), name: "load-0", state: "CRASHED", ended: null, led_by: EXPIRED },
  below: [
    { id: madeId(2), name: "optional-3", state: "FAILED", ended: null, led_by: null },
    { id: madeId(1), name: "load-0", state: "CRASHED", ended: null, led_by: EXPIRED },
  ],
} as unknown as Why;

describe("why a run failed", () => {
  test("goes from the event outside over the task to the run", () => {
    expect(chainOf(WHY).map(({ text }) => text)).toEqual([
      "credential.expired · postgresql://db",
      "load-0 crashed",
      "orders failed",
    ]);
  });

  test("tells apart what failed below and is not known to have led to it", () => {
    const { failed, running } = besideOf(WHY, []);
    expect([failed.map(({ name }) => name), running]).toEqual([["optional-3"], []]);
    const own = { ...WHY, origin: null, suspects: [] };
    expect(chainOf(own).map(({ text }) => text)).toEqual(["orders failed"]);
  });

  test("counts those that failed below and are not in the answer", () => {
    const counts: Record<string, number>[] = [{ FAILED: 4, COMPLETED: 9 }, { CRASHED: 2 }];
    expect(besideOf(WHY, counts).more).toEqual({ running: 0, failed: 4 });
    expect(besideOf(WHY, []).more.failed).toBe(0);
  });

  test("says of what crashed with its process that it was running, and of no code that it did it", () => {
    const state = { type: "CRASHED", details: { exit: null } };
    const below = [
      { id: madeId(2), name: "join-0", state: "CRASHED" },
      { id: madeId(3), name: "optional-3", state: "FAILED" },
    ];
    const killed = { ...WHY, run: { ...RUN, state }, origin: null, below } as unknown as Why;
    const { failed, running } = besideOf(killed, []);
    expect(running.map(({ name }) => name)).toEqual(["join-0"]);
    expect(failed.map(({ name }) => name)).toEqual(["optional-3"]);
    expect(unknownOf(killed)).toBe("what ended its process is not known");
    const told = { ...RUN, state: { type: "CRASHED" } };
    const quiet = { ...killed, run: told } as unknown as Why;
    expect(unknownOf(quiet)).toBe("nothing more of its cause is known");
    expect(unknownOf({ ...WHY, error: "ValueError" })).toContain("no cause outside of its code");
  });

  test("says once what the run and the one below it say alike", () => {
    const late = "The task run load-0 took longer than its timeout of 2 s.";
    const origin = { ...WHY.origin, message: late } as Why["origin"];
    expect(messagesOf({ message: `RunTimeoutError: ${late}`, origin })).toEqual([
      `RunTimeoutError: ${late}`,
    ]);
    expect(messagesOf({ message: "1 of 2 failed", origin })).toEqual(["1 of 2 failed", late]);
    expect(messagesOf({ message: late, origin: null })).toEqual([late]);
    expect(messagesOf({ message: null, origin })).toEqual([late]);
  });

  test("says of a process that is gone when it ended, and not when that was seen", () => {
    const seen = {
      ...FAILED,
      event: "peninsula.flow-run.crashed",
      occurred: "2026-01-31T02:18:24Z",
    };
    const gone = { ...WHY, chain: [seen], origin: null, suspects: [] };
    expect(chainOf(gone).map(({ at }) => at)).toEqual(["2026-01-31T02:10:00Z"]);
  });

  test("names runs below by their names", () => {
    const inner = event(
      "t",
      "peninsula.task-run.failed",
      `peninsula.task-run.${madeId(1)}`,
      "2026-01-31T02:09:00Z",
    );
    const why = { ...WHY, suspects: [], chain: [FAILED, inner], names: { [madeId(1)]: "load-0" } };
    expect(chainOf({ ...why, origin: null })[0]?.text).toBe("load-0 failed");
  });

  test("says what was looked at where nothing outside explains it", () => {
    const looked = { ...WHY, since: "2026-01-31T02:00:00Z" };
    expect(nothingOf({ ...looked, suspects: [], touched: 1 })).toContain(
      "10 minutes before with what it touched or ran on.",
    );
    const after = nothingOf({ ...looked, suspects: WHY.suspects });
    expect(after).toContain("Only time joins");
    const watched = { s3: 1200, pod: 1, a: 3, b: 2, c: 1, d: 1 };
    const all = { since: looked.since, reached: looked.since };
    expect(watchedOf({ watched, ...all })).toBe(
      "All that was told in that time, by any run or source: " +
        "1,200 events about s3, 3 about a, 2 about b, 1 about pod, and of 2 more kinds.",
    );
  });

  test("denies nothing that was not looked at", () => {
    const cut = { ...WHY, suspects: [], touched: 1, partial: true };
    expect(nothingOf(cut)).toContain("no event that was looked at tells of anything");
    const reached = "2026-01-31T02:08:00Z";
    expect(watchedOf({ watched: { s3: 2 }, since: "2026-01-31T02:00:00Z", reached })).toBe(
      "Told since then, by any run or source: 2 events about s3.",
    );
  });

  test("leads to an event before the run with the time from there on", () => {
    expect(toEvent(EXPIRED, WHY.run).t).toMatch(/^2026-01-31T01:28:48Z\.\./);
    expect(toEvent({ ...EXPIRED, occurred: "2026-01-31T02:05:00Z" }, WHY.run).t).toBeUndefined();
  });

  test("is held against what was before, where that says something", () => {
    const history = { failures: 4, of_failures: 5, successes: 0, of_successes: 38 };
    const said = "Seen in 4 of the last 5 failures, in 0 of 38 successes.";
    expect(historyOf({ evidence: ["telling"], history })).toBe(said);
    expect(historyOf({ evidence: ["telling"], history: { ...history, failures: 0 } })).toBeNull();
    const often = { ...history, successes: 30 };
    expect(historyOf({ evidence: ["telling"], history: often })).toBeNull();
    expect(historyOf({ evidence: ["telling", "recurring"], history: often })).toContain("in 30 of");
  });
});
