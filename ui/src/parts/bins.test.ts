import { describe, expect, test } from "vitest";
import { binCount, binsOf, timeOf } from "./bins";

const HOURS = {
  since: new Date("2026-01-31T00:00:00Z"),
  until: new Date("2026-01-31T03:30:00Z"),
  step: 3_600,
};

describe("bins", () => {
  test("cover all of the time, the last one in part", () => expect(binCount(HOURS)).toBe(4));

  test("stand for their time, in whichever direction they were chosen", () => {
    const range = { from: new Date("2026-01-31T01:00:00Z"), to: new Date("2026-01-31T03:00:00Z") };
    expect(timeOf(HOURS, [1, 2])).toEqual(range);
    expect(timeOf(HOURS, [2, 1])).toEqual(range);
    expect(binsOf(HOURS, range)).toEqual([1, 2]);
  });

  test("end where the time ends", () => expect(timeOf(HOURS, [3, 3]).to).toEqual(HOURS.until));

  test("are those that a time reaches into, and none beside it", () => {
    const from = new Date("2026-01-30T12:00:00Z");
    expect(binsOf(HOURS, { from, to: new Date("2026-01-31T00:10:00Z") })).toEqual([0, 0]);
    expect(binsOf(HOURS, { from, to: HOURS.since })).toBeNull();
  });
});
