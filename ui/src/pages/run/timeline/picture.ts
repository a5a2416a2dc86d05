/** Draw the rows that are in sight. The tree beside them has the words and the focus. */
import { at } from "../data/columns";
import { lastingOf } from "../data/happenings";
import { nameOfLane } from "../data/infrastructure";
import { endOf, startOf, stateOf } from "../data/runs";
import { ticks } from "./axis";
import { drawGroup, drawRun } from "./bars";
import { drawLane } from "./diamonds";
import type { Row } from "./rows";
import { middleOf, ROW, type Scene, type Sheet } from "./sheet";
import { drawSqueezed } from "./squeezed";

export function draw(canvas: HTMLCanvasElement, scene: Scene, top: number): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  pen.scale(ratio, ratio);
  const x = (time: number) => scene.axis.shareOf(time) * width;
  const sheet = { ...scene, pen, width, height, top, ratio, x };
  drawGround(sheet);
  if (scene.row < ROW) drawSqueezed(sheet);
  else drawInSight(sheet);
  drawEdges(sheet);
  drawMarks(sheet);
}

function drawInSight(sheet: Sheet): void {
  const { top, height, rows } = sheet;
  const last = Math.min(rows.length, Math.ceil((top + height) / ROW));
  for (let index = Math.floor(top / ROW); index < last; index++) {
    drawRow(sheet, at(rows, index), index);
  }
}

function drawGround(sheet: Sheet): void {
  const { pen, axis, paints, width, height, top, rows, selected } = sheet;
  const lanes = rows.findIndex(({ kind }) => kind !== "lane");
  pen.fillStyle = paints.row;
  pen.globalAlpha = 0.6;
  pen.fillRect(0, -top, width, (lanes < 0 ? rows.length : lanes) * sheet.row);
  pen.globalAlpha = 1;
  if (selected >= 0) pen.fillRect(0, selected * sheet.row - top, width, sheet.row);
  pen.fillStyle = paints.line;
  for (const time of ticks(axis, mostTicks(width)).times)
    pen.fillRect(Math.round(sheet.x(time)), 0, 1, height);
  pen.globalAlpha = 0.5;
  for (const { from, to } of axis.folds) {
    const left = sheet.x(from);
    pen.fillRect(left, 0, Math.max(2, sheet.x(to) - left), height);
  }
  pen.globalAlpha = 1;
}

/** As many as there is room for, written as `02:14:31`. */
export function mostTicks(width: number): number {
  return Math.max(2, Math.floor(width / 90));
}

function drawRow(sheet: Sheet, row: Row, index: number): void {
  if (row.kind === "lane") drawLane(sheet, row, index);
  else if (row.kind === "group") drawGroup(sheet, row, index);
  else drawRun(sheet, row, index);
}

// --- what goes across -----------------------------------------------------------------------------

const MOST_EDGES = 200;

/** What the selected run waited for, and what waited for it. */
function drawEdges(sheet: Sheet): void {
  const row = sheet.rows[sheet.selected];
  if (row?.kind !== "run") return;
  const { runs } = sheet;
  let drawn = 0;
  for (let edge = 0; edge < runs.edgeTo.length && drawn < MOST_EDGES; edge++) {
    const from = at(runs.edgeFrom, edge);
    const to = at(runs.edgeTo, edge);
    if (from !== row.run && to !== row.run) continue;
    drawEdge(sheet, from, to);
    drawn++;
  }
}

function drawEdge(sheet: Sheet, from: number, to: number): void {
  const { pen, runs, paints, placeOf } = sheet;
  const [above, below] = [placeOf(from), placeOf(to)];
  if (above < 0 || below < 0) return;
  const [x1, y1] = [sheet.x(endOf(runs, from, sheet.now)), middleOf(sheet, above)];
  const [x2, y2] = [sheet.x(startOf(runs, to)), middleOf(sheet, below)];
  const bend = Math.max(12, Math.abs(x2 - x1) / 3);
  pen.strokeStyle = paints.accent;
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  pen.stroke();
}

/** The event that is selected, and the moment of a log line, across all rows. */
function drawMarks(sheet: Sheet): void {
  const { event, moment, happenings, paints } = sheet;
  if (event >= 0) {
    const tone = at(happenings.bad, event) ? paints.bad : paints.external;
    drawAcross(sheet, at(happenings.occurred, event), tone);
  }
  if (moment !== null) drawAcross(sheet, moment, paints.accent);
}

function drawAcross({ pen, x, height }: Sheet, time: number, colour: string): void {
  pen.strokeStyle = colour;
  pen.setLineDash([4, 3]);
  pen.beginPath();
  pen.moveTo(x(time), 0);
  pen.lineTo(x(time), height);
  pen.stroke();
  pen.setLineDash([]);
}

/** What the pointer is on, in words. */
export function wordsAt(scene: Scene, row: Row | undefined, event: number): string {
  if (event >= 0) {
    const happening = at(scene.happenings.events, event);
    const { name, resource } = happening;
    return [name, resource, lastingOf(happening)].filter(Boolean).join(" · ");
  }
  if (row?.kind === "run") {
    return `${scene.runs.name(row.run)} · ${stateOf(scene.runs, row.run).name}`;
  }
  if (row?.kind === "group") return `${row.label} ×${row.members.length}`;
  return row?.kind === "lane" ? nameOfLane(row.lane.system) : "";
}
