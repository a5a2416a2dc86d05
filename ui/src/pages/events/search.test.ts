import { describe, expect, test } from "vitest";
import { baseOf, chosenRange, isLive, shownWindow } from "./search";

const NOW = new Date("2026-01-31T02:13:00Z");

describe("the time that is shown", () => {
  test("is a day up to now in whole steps if nothing is said", () => {
    const { since, until, step } = shownWindow({}, NOW);
    expect(until).toEqual(new Date("2026-01-31T02:20:00Z"));
    expect(since).toEqual(new Date("2026-01-30T02:00:00Z"));
    expect(step).toBe(1_200);
  });

  test("is what the address says, and then nothing comes in", () => {
    const search = { t: "2026-01-01T00:00:00Z..2026-01-01T00:01:12Z" };
    expect(shownWindow(search, NOW).step).toBe(1);
    expect(isLive(search)).toBe(false);
  });
});

describe("a range", () => {
  test("has two ends", () => {
    const range = chosenRange({ sel: "2026-01-31T01:00:00Z..2026-01-31T02:00:00Z" });
    expect(range?.to).toEqual(new Date("2026-01-31T02:00:00Z"));
    expect(chosenRange({})).toBeNull();
  });

  test("is compared with as long before, or with the same time of another day", () => {
    const range = { from: new Date("2026-01-31T01:00:00Z"), to: new Date("2026-01-31T02:00:00Z") };
    expect(baseOf(range, "before")).toEqual({
      from: new Date("2026-01-31T00:00:00Z"),
      to: range.from,
    });
    expect(baseOf(range, "week").from).toEqual(new Date("2026-01-24T01:00:00Z"));
  });
});
