import { describe, expect, test } from "vitest";
import { madeRuns, seconds } from "../made";
import { against, spreadOf, usualOf } from "./usual";

const RUNS = madeRuns([
  { label: "nightly", from: 0, to: 100 },
  ...[1, 2, 30, 4].map((took) => ({ label: "load", from: 10, to: 10 + took })),
  { label: "load", from: 10, to: null },
  { label: "clean", from: 50, to: 60 },
]);
const SCENE = { runs: RUNS, now: seconds(110) };

describe("how long runs take", () => {
  test("has a shortest, a median and a longest, and one that goes on took until now", () => {
    expect(spreadOf(RUNS, [3, 1, 2], SCENE.now)).toEqual({ shortest: 1, median: 2, longest: 30 });
    expect(spreadOf(RUNS, [5], SCENE.now).longest).toBe(100);
    expect(spreadOf(RUNS, [], SCENE.now)).toEqual({ shortest: 0, median: 0, longest: 0 });
  });

  test("is usual where enough others of the task are over", () => {
    expect(usualOf(SCENE, 3)).toEqual({ median: 2, count: 3 });
    expect(usualOf(SCENE, 5)).toEqual({ median: 4, count: 4 });
    expect(usualOf(SCENE, 6)).toBeNull();
  });
});

describe("a run", () => {
  const none = { p50: null, runs: 0 };

  test("is held against earlier ones, as a multiple or as the same", () => {
    const before = { p50: 2, runs: 1_200 };
    expect(against(6, before, null)).toEqual({
      says: "3.0× its usual 2.0s",
      title: "Median of 1,200 earlier ones: 2.0s",
    });
    expect(against(2.04, before, null)?.says).toBe("as its usual 2.0s");
  });

  test("that never ran before is held against its like, if there is any", () => {
    const here = { median: 4, count: 5 };
    expect(against(2, none, here)?.says).toBe("0.5× the median of 5 others here, 4.0s");
    expect(against(2, none, null)).toBeNull();
  });

  test("of no time at all is no multiple of another of none", () => {
    expect(against(0.0004, { ...none, p50: 0.0001 }, null)?.says).toBe("as its usual 0ms");
  });
});
