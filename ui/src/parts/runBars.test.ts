import { expect, test } from "vitest";
import type { History } from "../api/types";
import { runBars, runTotals } from "./runBars";

const history: History = {
  since: "2026-01-31T00:00:00Z",
  until: "2026-01-31T02:00:00Z",
  step: 1800,
  buckets: [
    { start: "2026-01-31T00:00:00Z", types: { COMPLETED: 3, FAILED: 1, CRASHED: 1 } },
    { start: "2026-01-31T01:30:00Z", types: { CRASHED: 2 } },
  ],
  partial: false,
};

test("bars have what failed at the bottom, whichever way it did", () => {
  expect(runBars(history)[0]?.layers).toEqual([
    { tone: "bad", count: 2 },
    { tone: "ok", count: 3 },
  ]);
});

test("totals leave out states that no run is in", () => {
  expect(runTotals(history)).toEqual([
    ["FAILED", 1],
    ["CRASHED", 3],
    ["COMPLETED", 3],
  ]);
});
