import { expect, test } from "vitest";
import type { History } from "../api/types";
import { runLayers, runTotals } from "./runLayers";

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

test("layers are of the states that runs are in, what failed at the bottom", () => {
  expect(runLayers(history).map(({ label, tone, counts }) => [label, tone, ...counts])).toEqual([
    ["failed", "bad", 1, 0, 0, 0],
    ["crashed", "bad", 1, 0, 0, 2],
    ["completed", "ok", 3, 0, 0, 0],
  ]);
});

test("totals leave out states that no run is in", () => {
  expect(runTotals(history)).toEqual([
    ["FAILED", 1],
    ["CRASHED", 3],
    ["COMPLETED", 3],
  ]);
});
