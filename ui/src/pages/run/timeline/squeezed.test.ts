import { expect, test } from "vitest";
import type { Row } from "./rows";
import { ROW } from "./sheet";
import { namedRows, nameHeight, squeezedTo } from "./squeezed";

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

const named = (row: number, selected: number, bad = -1) =>
  namedRows(ROWS, row, selected, ({ key }) => key === String(bad)).map(({ index }) => index);

test("names are of what has others below it or failed, where there is room, and what is selected", () => {
  expect(named(0.5, -1)).toEqual([0, 500]);
  expect(named(0.5, 501)).toEqual([0, 501]);
  expect(named(0.5, 700)).toEqual([0, 500, 700]);
  expect(named(0.5, -1, 800)).toEqual([0, 500, 800]);
});

test("where rows are high enough to be read, all have their names", () => {
  expect(named(20, -1)).toHaveLength(ROWS.length);
  expect([nameHeight(1), nameHeight(20), nameHeight(ROW)]).toEqual([16, 20, ROW]);
});
