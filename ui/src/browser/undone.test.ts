import { expect, test } from "vitest";
import { isPassing } from "./undone";

test("what is typed or zoomed is passing, a view that is chosen is not", () => {
  expect(isPassing({ q: "x" }, ["q", "t"])).toBe(true);
  expect(isPassing({ q: "x", view: "graph" }, ["q", "t"])).toBe(false);
});
