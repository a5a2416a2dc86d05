import { expect, test } from "vitest";
import { rangeOf } from "./spans";

test("bars begin at whole steps, so that they stand still while time passes", () => {
  const range = rangeOf("24h", new Date("2026-01-31T10:17:00Z"));
  expect(range).toEqual({
    after: "2026-01-30T10:30:00.000Z",
    before: "2026-01-31T10:30:00.000Z",
    step: 1800,
  });
  expect(rangeOf("24h", new Date("2026-01-31T10:29:59Z"))).toEqual(range);
});
