import { describe, expect, test } from "vitest";
import { lastingOf } from "../data/happenings";
import { madeEvents, madeRuns, seconds } from "../made";
import { lastingAt } from "./lasting";

const RUNS = madeRuns([{ label: "nightly", from: 0, to: 20 }]);
const LAKE = { system: "s3://lake" };
const HAPPENINGS = madeEvents(RUNS, [
  { at: 10, lasted: 8, name: "peninsula.call.lake.read.completed", ...LAKE },
  { at: 7, lasted: 2, name: "peninsula.call.lake.write.failed", ...LAKE },
  {
    at: 15,
    lasted: 3,
    name: "peninsula.call.lake.read.rolled-up",
    many: [1_400, 2, 0.012],
    ...LAKE,
  },
  { at: 16, lasted: 1, name: "peninsula.call.lake.read.lost", ...LAKE },
  { at: 17, name: "s3.notified", ...LAKE },
]);

describe("what lasted", () => {
  test("is found by any time in it, of several that which began last", () => {
    const events = Int32Array.from(HAPPENINGS.events.keys());
    const nameAt = (time: number) =>
      HAPPENINGS.events[lastingAt({ happenings: HAPPENINGS }, events, seconds(time))]?.name;
    expect(nameAt(3)).toBe("peninsula.call.lake.read.completed");
    expect(nameAt(6)).toBe("peninsula.call.lake.write.failed");
    expect(nameAt(11)).toBeUndefined();
  });

  test("is said in words: a time, a count, or that it did not return", () => {
    expect(HAPPENINGS.events.map(lastingOf)).toEqual([
      "2.0s",
      "8.0s",
      "1,400 calls, 2 failed, p95 12ms",
      "did not return",
      "",
    ]);
  });
});
