import { describe, expect, test } from "vitest";
import { roundTop, shortCount, timeTicks } from "./axes";

function ticks(since: string, until: string, most: number): string[] {
  return timeTicks(new Date(since), new Date(until), "UTC", most).map(
    ({ at, says }) => `${says} ${at.toISOString().slice(5, 19)}`,
  );
}

describe("ticks of time", () => {
  test("stand at round hours of a day, and name the day at midnight", () => {
    expect(ticks("2026-01-30T13:20:00Z", "2026-01-31T13:20:00Z", 5)).toEqual([
      "minute 01-30T18:00:00",
      "day 01-31T00:00:00",
      "minute 01-31T06:00:00",
      "minute 01-31T12:00:00",
    ]);
  });

  test("tell seconds where there are few", () => {
    expect(ticks("2026-01-31T13:20:01Z", "2026-01-31T13:20:12Z", 4)).toEqual([
      "second 01-31T13:20:05",
      "second 01-31T13:20:10",
    ]);
  });

  test("stand at the beginnings of months and years where a time is long", () => {
    expect(ticks("2024-11-20T00:00:00Z", "2026-01-01T00:00:00Z", 5)).toEqual([
      "month 01-01T00:00:00",
      "month 04-01T00:00:00",
      "month 07-01T00:00:00",
      "month 10-01T00:00:00",
      "month 01-01T00:00:00",
    ]);
    const years = timeTicks(new Date("0050-06-01"), new Date("2026-01-31"), "UTC", 5);
    expect(years.map(({ at, says }) => `${says} ${at.getUTCFullYear()}`)).toEqual([
      "year 500",
      "year 1000",
      "year 1500",
      "year 2000",
    ]);
  });

  test("are few, however long the time is", () => {
    expect(ticks("2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z", 15).length).toBeLessThan(16);
  });
});

describe("an axis of counts", () => {
  test.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [11, 20],
    [420, 500],
    [1_000, 1_000],
  ])("of at most %d ends at %d", (count, top) => expect(roundTop(count)).toBe(top));

  test.each([
    [7, "7"],
    [1_240, "1.2k"],
    [20_000, "20k"],
    [3_000_000, "3M"],
  ])("says %d as %s", (count, said) => expect(shortCount(count)).toBe(said));
});
