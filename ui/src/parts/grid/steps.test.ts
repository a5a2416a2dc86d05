import { expect, test } from "vitest";
import { moved } from "./steps";

const SIZE = { rows: 3, columns: 5 };

test.each([
  ["ArrowDown", { row: 1, column: 4 }],
  ["ArrowUp", { row: 0, column: 4 }],
  ["ArrowRight", { row: 0, column: 4 }],
  ["Home", { row: 0, column: 0 }],
  ["PageDown", { row: 2, column: 4 }],
])("%s leads on, but not over the edge", (key, place) => {
  expect(moved(key, { row: 0, column: 4 }, SIZE)).toEqual(place);
});

test("other keys lead nowhere", () => {
  expect(moved("x", { row: 0, column: 0 }, SIZE)).toBeNull();
});
