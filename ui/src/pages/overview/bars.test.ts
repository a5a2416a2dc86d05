import { describe, expect, test } from "vitest";
import type { History } from "../../api/types";
import { barsOf, totals } from "./bars";

const history: History = {
  since: "2026-01-31T00:00:00Z",
  until: "2026-01-31T02:00:00Z",
  step: 1800,
  buckets: [
    { start: "2026-01-31T00:00:00Z", types: { COMPLETED: 3, FAILED: 1 } },
    { start: "2026-01-31T01:30:00Z", types: { CRASHED: 2 } },
  ],
  partial: false,
};

describe("bars", () => {
  test("stand where their time is, among those without a run", () => {
    const { bars, spans, highest } = barsOf(history);
    expect(bars.map(({ at }) => at)).toEqual([0, 3]);
    expect([spans, highest]).toEqual([4, 4]);
  });

  test("have what failed at the bottom", () => {
    expect(barsOf(history).bars[0]?.pieces).toEqual([
      { tone: "bad", from: 0, to: 1 },
      { tone: "ok", from: 1, to: 4 },
    ]);
  });
});

test("totals leave out states that no run is in", () => {
  expect(totals(history.buckets)).toEqual([
    ["FAILED", 1],
    ["CRASHED", 2],
    ["COMPLETED", 3],
  ]);
});
