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

  test.each([undefined, "", "yesterday..today", "2026-01-02..2026-01-01", "a..b..c"])(
    "that says %j is none",
    (text) => expect(parseRange(text)).toBeUndefined(),
  );
});
