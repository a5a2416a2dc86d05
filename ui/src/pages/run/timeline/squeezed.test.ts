import { expect, test } from "vitest";
import type { Row } from "./rows";
import { ROW } from "./sheet";
import { namedRows, squeezedTo } from "./squeezed";

const ROWS: Row[] = Array.from({ length: 1_000 }, (_, run) => ({
  kind: "run",
  key: String(run),
  level: 1,
  open: run === 0 || run === 500 || run === 501 ? true : null,
  run,
}));

test("rows are as high as all of them have room, and never higher than usual", () => {
  expect(squeezedTo(500, 1_000)).toBe(0.5);
  expect(squeezedTo(500, 3)).toBe(ROW);
});

test("names are of what has others below it, where there is room, and of what is selected", () => {
  expect(namedRows(ROWS, 0.5, -1).map(({ index }) => index)).toEqual([0, 500]);
  expect(namedRows(ROWS, 0.5, 501).map(({ index }) => index)).toEqual([0, 501]);
  expect(namedRows(ROWS, 0.5, 700).map(({ index }) => index)).toEqual([0, 500, 700]);
});
