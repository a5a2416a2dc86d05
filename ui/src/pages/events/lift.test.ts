import { expect, test } from "vitest";
import { liftText, percent, sharesText } from "./lift";

const COMPARED = {
  key: "k",
  events: 31,
  share: 0.04,
  base_events: 2,
  base_share: 0.003,
  change: "more",
} as const;

test.each([
  [{ lift: 13.3 }, "13×"],
  [{ lift: 0.44, change: "less" }, "0.44×"],
  [{ lift: 1.52 }, "1.5×"],
  [{ lift: 40, change: "new" }, "new"],
  [{ lift: 0.01, change: "gone" }, "gone"],
] as const)("a difference of %o is %s", (change, said) => {
  expect(liftText({ ...COMPARED, ...change })).toBe(said);
});

test("shares are said with their counts, and what is rare is not none", () => {
  expect(sharesText({ ...COMPARED, lift: 1 })).toBe("31 (4.0%) / 2 (0.3%)");
  expect([0, 0.0002, 0.5].map(percent)).toEqual(["0.0%", "<0.1%", "50%"]);
});
