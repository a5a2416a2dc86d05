import { describe, expect, test } from "vitest";
import { attemptsOf } from "./attempts";

type Said = [type: string, name: string, attempt?: number, message?: string];

function told(...states: Said[]) {
  return attemptsOf(
    states.map(([type, name, attempt, message], second) => ({
      occurred: new Date(Date.UTC(2026, 0, 31, 2, 0, second)).toISOString(),
      payload: { type, name, attempt, message },
    })),
  ).map(({ number, began, ended, state, message: why }) => [
    number,
    new Date(began).getUTCSeconds(),
    ended && new Date(ended).getUTCSeconds(),
    state.name,
    why,
  ]);
}

describe("the attempts of a run", () => {
  test("end when it waits for the next, which begins later", () => {
    const states: Said[] = [
      ["PENDING", "Pending"],
      ["RUNNING", "Running"],
      ["SCHEDULED", "AwaitingRetry", 0, "refused"],
      ["RUNNING", "Retrying", 1],
      ["COMPLETED", "Completed", 1],
    ];
    expect(told(...states)).toEqual([
      [1, 1, 2, "Failed", "refused"],
      [2, 3, 4, "Completed", null],
    ]);
  });

  test("end when the next begins, where it waits for nothing; the last goes on", () => {
    expect(told(["RUNNING", "Running"], ["RUNNING", "Retrying", 1, "no rows"])).toEqual([
      [1, 0, 1, "Failed", "no rows"],
      [2, 1, null, "Running", null],
    ]);
  });

  test("go on through a pause, and are two where a process died and another began anew", () => {
    const states: Said[] = [
      ["RUNNING", "Running"],
      ["PAUSED", "Paused"],
      ["RUNNING", "Running"],
      ["CRASHED", "Crashed", 0, "the process is gone"],
      ["RUNNING", "Running"],
    ];
    expect(told(...states)).toEqual([
      [1, 0, 3, "Crashed", "the process is gone"],
      [1, 4, null, "Running", null],
    ]);
  });

  test("are told by states alone, in whatever order they came", () => {
    const events = [
      { occurred: "2026-01-31T02:00:01.000900Z", payload: { type: "FAILED", name: "Failed" } },
      { occurred: "2026-01-31T02:00:03Z", payload: { rows: 3 } },
      { occurred: "2026-01-31T02:00:01.000200Z", payload: { type: "RUNNING", name: "Running" } },
    ];
    expect(attemptsOf(events).map(({ ended }) => ended)).toEqual(["2026-01-31T02:00:01.000900Z"]);
  });
});
