import { describe, expect, test } from "vitest";
import { parseRange, writeRange } from "./range";

describe("a range of time", () => {
  test("is written short and read back", () => {
    const from = new Date("2026-01-31T02:13:00Z");
    const to = new Date("2026-01-31T02:13:00.250Z");
    const text = writeRange(from, to);
    expect(text).toBe("2026-01-31T02:13:00Z..2026-01-31T02:13:00.250Z");
    expect(parseRange(text)).toEqual({
      from: "2026-01-31T02:13:00Z",
      to: "2026-01-31T02:13:00.250Z",
    });
  });

  test("of days, or in another zone, is said as the API reads it", () => {
    expect(parseRange("2026-11-20..2026-11-21T01:00:00+01:00")).toEqual({
      from: "2026-11-20T00:00:00Z",
      to: "2026-11-21T00:00:00Z",
    });
  });

  test.each([
    undefined,
    "",
    "1..2",
    "+012026-01-01..+012027-01-01",
    "yesterday..today",
    "2026-01-02..2026-01-01",
    "a..b..c",
  ])("that says %j is none", (text) => expect(parseRange(text)).toBeUndefined());
});
