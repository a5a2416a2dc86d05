import { describe, expect, test } from "vitest";
import { encoded, madeId, madeTimeline } from "../made";
import { labelOf, readTimeline, stateOf } from "./runs";

const FIRST = madeTimeline([
  { label: "nightly", from: 0, to: 9 },
  { label: "extract", from: 0, to: 5 },
  { label: "part", flow: true, from: 1, to: 8 },
]);
/** Called by row 2 of the first; the second depends on its row 1, and on a run of no answer. */
const SECOND = {
  ...madeTimeline([
    { label: "load", from: 5, to: 6, state: "FAILED" },
    { label: "extract", from: 6, to: 7 },
  ]),
  ids: encoded([madeId(3), madeId(4)]),
  others: encoded([madeId(2), madeId(1), madeId(99)]),
  parent: [2, 2],
  edge_run: [1, 0],
  edge_upstream: [1 - 3, 1 - 4],
  edge_label: [0, 0],
};

describe("answers that go on", () => {
  test("are joined: parents, edges, labels and states mean the same in all of them", () => {
    const runs = readTimeline([FIRST, SECOND]);
    expect([...runs.parent]).toEqual([-1, 0, 0, 2, 2]);
    expect(runs.children[2]).toEqual([3, 4]);
    expect([...runs.edgeFrom].map((from, edge) => [from, runs.edgeTo[edge]])).toEqual([[1, 4]]);
    expect([1, 3, 4].map((row) => labelOf(runs, row))).toEqual(["extract", "load", "extract"]);
    expect(stateOf(runs, 3).type).toBe("FAILED");
    expect((runs.begun[4] ?? 0) - (runs.begun[0] ?? 0)).toBe(6e6);
  });

  test("are partial until the last one", () => {
    expect(readTimeline([{ ...FIRST, next: "on" }]).partial).toBe(true);
    expect(readTimeline([{ ...FIRST, next: "on" }, SECOND]).partial).toBe(false);
  });
});
