/** Draw all rows at once, however little room each has: below three pixels many share a line. */
import { at } from "../data/columns";
import { endOf, startOf } from "../data/runs";
import { coloursOf, ranksOf } from "./bars";
import { RANKS, Raster } from "./raster";
import type { LaneRow, Row } from "./rows";
import { ROW, type Sheet } from "./sheet";

/** From here on each row is a rectangle of its own. */
const OWN = 3;

/** How high a row may be so that all of them are in sight. */
export function squeezedTo(height: number, rows: number): number {
  return Math.min(ROW, height / Math.max(rows, 1));
}

export function drawSqueezed(sheet: Sheet): void {
  const { rows } = sheet;
  if (sheet.row < OWN) drawRaster(sheet);
  else for (const [index, row] of rows.entries()) drawOwn(sheet, row, index);
  // Systems are the first rows.
  for (let index = 0; index < rows.length; index++) {
    const row = at(rows, index);
    if (row.kind !== "lane") break;
    drawMarks(sheet, row, index);
  }
}

/** The runs of a row: one, or all of a group. */
function runsOf(row: Row): readonly number[] {
  if (row.kind === "lane") return [];
  return row.kind === "run" ? [row.run] : row.members;
}

function drawOwn(sheet: Sheet, row: Row, index: number): void {
  const { pen, runs, now, paints, width } = sheet;
  const ranks = ranksOf(runs);
  const [top, high] = [index * sheet.row - sheet.top, Math.max(2, sheet.row - 2)];
  // Worse ones come later, over what went well.
  for (const [rank, tone] of RANKS.entries()) {
    pen.fillStyle = paints[tone];
    for (const run of runsOf(row)) {
      if (at(ranks, at(runs.state, run)) !== rank) continue;
      const left = Math.max(0, sheet.x(startOf(runs, run)));
      const right = Math.min(width, sheet.x(endOf(runs, run, now)));
      if (right >= 0 && left <= width) pen.fillRect(left, top, Math.max(1, right - left), high);
    }
  }
}

function drawRaster(sheet: Sheet): void {
  const { pen, runs, now, rows } = sheet;
  const [width, height] = [Math.round(sheet.width), Math.round(sheet.height)];
  const raster = new Raster(width, height);
  const ranks = ranksOf(runs);
  const add = (line: number, run: number) => {
    const to = sheet.x(endOf(runs, run, now));
    if (to >= 0) raster.add(line, at(ranks, at(runs.state, run)), sheet.x(startOf(runs, run)), to);
  };
  rows.forEach((row, index) => {
    const line = Math.min(height - 1, Math.floor(index * sheet.row));
    if (row.kind === "run") add(line, row.run);
    // A group that is open is drawn by its members: itself it would cover the rows beside it.
    else if (row.kind === "group" && !row.open) for (const run of row.members) add(line, run);
  });
  const image = pen.createImageData(width, height);
  raster.paint(image.data, coloursOf(sheet.paints));
  const layer = new OffscreenCanvas(width, height);
  layer.getContext("2d")?.putImageData(image, 0, 0);
  pen.drawImage(layer, 0, 0);
}

/** A mark at each pixel at which a system told something. */
function drawMarks(sheet: Sheet, { lane }: LaneRow, index: number): void {
  const { pen, paints, happenings, width } = sheet;
  const marks = new Uint8Array(Math.ceil(width));
  for (const event of lane.events) {
    const x = Math.floor(sheet.x(at(happenings.occurred, event)));
    if (x >= 0 && x < marks.length)
      marks[x] = Math.max(at(marks, x), 1 + at(happenings.bad, event));
  }
  marks.forEach((mark, x) => {
    if (mark === 0) return;
    pen.fillStyle = mark > 1 ? paints.bad : paints.external;
    pen.fillRect(x, index * sheet.row - sheet.top, 1, Math.max(2, sheet.row - 2));
  });
}

/** The least that a name can be read in. */
const LEGIBLE = 16;

/** How high a name is where rows are so high. */
export function nameHeight(row: number): number {
  return Math.max(Math.min(row, ROW), LEGIBLE);
}

/** Rows that have room for their names: all, where each is high enough; else systems, what has others
 * below it, what failed, and what is selected. */
export function namedRows(
  rows: readonly Row[],
  row: number,
  selected: number,
  isBad: (row: Row) => boolean,
): { index: number; start: number }[] {
  const named: { index: number; start: number }[] = [];
  const high = nameHeight(row);
  const lowest = rows.length * row - high;
  let free = 0;
  rows.forEach((one, index) => {
    const start = Math.min(index * row, lowest);
    const wanted =
      row >= LEGIBLE ||
      one.kind === "lane" ||
      one.open !== null ||
      index === selected ||
      isBad(one);
    if (!wanted || (start < free && index !== selected)) return;
    // What is selected takes the place of a name that would be over it.
    while (named.length > 0 && start < free && index === selected) {
      named.pop();
      free = (named.at(-1)?.start ?? -high) + high;
    }
    named.push({ index, start });
    free = start + high;
  });
  return named;
}
