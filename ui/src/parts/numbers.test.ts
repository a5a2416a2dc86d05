import { expect, test } from "vitest";
import { amount, total } from "./numbers";

test("says that there may be more than were counted", () => {
  expect(amount({ count: 1_200, partial: false })).toBe("1,200");
  expect(amount({ count: 100_000, partial: true })).toBe("100,000+");
});

test("counts all of some, of which any may be more", () => {
  const failed = { count: 40, partial: false };
  expect(total([failed, undefined])).toEqual(failed);
  expect(total([failed, { count: 2, partial: true }])).toEqual({ count: 42, partial: true });
});
