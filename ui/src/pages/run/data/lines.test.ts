import { expect, test } from "vitest";
import { madeId, madeLines, seconds } from "../made";
import { lineAt } from "./lines";

const LINES = madeLines([
  { at: 0, message: "begins", run: 0 },
  { at: 1, message: "reads", run: 1 },
  { at: 1, message: "loads", run: 2 },
]);

test("a line is found by its moment and its run, and by nothing near them", () => {
  expect(lineAt(LINES, seconds(1), madeId(2))).toBe(2);
  expect(lineAt(LINES, seconds(1))).toBe(1);
  expect(lineAt(LINES, seconds(1), madeId(0))).toBe(-1);
  expect(lineAt(LINES, seconds(0.5))).toBe(-1);
  expect(lineAt(LINES, seconds(2))).toBe(-1);
});
