import { expect, test } from "vitest";
import { liftText, percent, sharesText } from "./lift";

const COMPARED = { key: "k", events: 31, share: 0.04, base_events: 2, base_share: 0.003 };

test.each([
  [{ lift: 13.3 }, "13×"],
  [{ lift: 0.44 }, "0.44×"],
  [{ lift: 1.52 }, "1.5×"],
  [{ lift: 40, base_events: 0 }, "new"],
  [{ lift: 0.01, events: 0 }, "gone"],
])("a difference of %o is %s", (change, said) => {
  expect(liftText({ ...COMPARED, ...change })).toBe(said);
});

test("shares are said with their counts, and what is rare is not none", () => {
  expect(sharesText({ ...COMPARED, lift: 1 })).toBe("31 (4.0%) / 2 (0.3%)");
  expect([0, 0.0002, 0.5].map(percent)).toEqual(["0.0%", "<0.1%", "50%"]);
});
