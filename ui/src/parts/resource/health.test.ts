import { describe, expect, test } from "vitest";
import { cellsOf, rateText, timesAsOften } from "./health";

describe("the strip", () => {
  test("has a cell for each span, and counts what is over", () => {
    const health = {
      since: "2026-01-01T00:00:00Z",
      until: "2026-01-01T03:00:00Z",
      step: 3_600,
      outcomes: [
        {
          start: "2026-01-01T01:00:00Z",
          types: { COMPLETED: 4, FAILED: 1, CRASHED: 1, RUNNING: 2 },
        },
      ],
    };
    expect(cellsOf(health)).toEqual([
      { runs: 0, failures: 0 },
      { runs: 6, failures: 2 },
      { runs: 0, failures: 0 },
    ]);
  });
});

describe("a rate", () => {
  test("is said with its counts", () => {
    expect(rateText({ runs: 40, failures: 3 })).toBe("3 of 40 failed (8%)");
    expect(rateText({ runs: 0, failures: 0 })).toBe("no runs");
  });

  test("is compared with that of the runs that did not touch it, where some of those failed", () => {
    expect(timesAsOften({ runs: 10, failures: 5 }, { runs: 100, failures: 5 })).toBe(10);
    expect(timesAsOften({ runs: 10, failures: 5 }, { runs: 100, failures: 0 })).toBeNull();
  });
});
