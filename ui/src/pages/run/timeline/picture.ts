/** Draw the rows that are in sight. The tree beside them has the words and the focus. */
import { faceOf } from "../../../parts/states";
import { at, lowerBound } from "../data/columns";
import { type Happenings, isBad } from "../data/happenings";
import { endOf, isFailed, type Runs, startOf, stateOf } from "../data/runs";
import { lastPart } from "../words";
import { type Axis, ticks } from "./axis";
import { type Colour, RANKS, Raster } from "./raster";
import type { GroupRow, LaneRow, Row, RunRow } from "./rows";

export const ROW = 24;

export const TOKENS = [
  ...RANKS,
  "external",
  "line",
  "row",
  "muted",
  "text",
  "accent",
  "panel",
] as const;

export type Paints = Record<(typeof TOKENS)[number], string>;

export interface Scene {
  runs: Runs;
  happenings: Happenings;
  rows: readonly Row[];
  /** Row of a run, or of the group it is in. */
  placeOf: (run: number) => number;
  axis: Axis;
  now: number;
  path: ReadonlySet<number> | null;
  selected: number;
  /** Index of the event that is selected. */
  event: number;
  /** A moment that is marked. */
  moment: number | null;
  paints: Paints;
}

interface Sheet extends Scene {
  pen: CanvasRenderingContext2D;
  width: number;
  height: number;
  /** What is scrolled away above. */
  top: number;
  ratio: number;
  x: (time: number) => number;
}

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
  const first = Math.floor(top / ROW);
  const last = Math.min(scene.rows.length, Math.ceil((top + height) / ROW));
  for (let index = first; index < last; index++) drawRow(sheet, at(scene.rows, index), index);
  drawEdges(sheet);
  drawMarks(sheet);
}

function middleOf({ top }: Sheet, index: number): number {
  return index * ROW - top + ROW / 2;
}

function drawGround(sheet: Sheet): void {
  const { pen, axis, paints, width, height, top, rows, selected } = sheet;
  const lanes = rows.findIndex(({ kind }) => kind !== "lane");
  pen.fillStyle = paints.row;
  pen.globalAlpha = 0.6;
  pen.fillRect(0, -top, width, (lanes < 0 ? rows.length : lanes) * ROW);
  pen.globalAlpha = 1;
  if (selected >= 0) pen.fillRect(0, selected * ROW - top, width, ROW);
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

// --- runs -----------------------------------------------------------------------------------------

function drawRun(sheet: Sheet, { run }: RunRow, index: number): void {
  const { runs, now } = sheet;
  const y = middleOf(sheet, index);
  const from = startOf(runs, run);
  drawQueued(sheet, at(runs.begun, run), from, y);
  if (runs.isFlow[run]) drawFlow(sheet, run, y);
  else if (runs.segments.has(run)) drawAttempts(sheet, run, y);
  else if (neverRan(runs, run)) drawNever(sheet, run, y);
  else bar(sheet, from, endOf(runs, run, now), y, toneOf(runs, run));
  if (sheet.path?.has(run)) drawPath(sheet, run, y);
  for (const event of sheet.happenings.byRun.get(run) ?? []) {
    drawDiamond(sheet, at(sheet.happenings.occurred, event), y, event);
  }
  if (isFailed(runs, run) && !runs.isFlow[run]) drawWord(sheet, run, y);
}

function toneOf(runs: Runs, run: number) {
  return faceOf(stateOf(runs, run)).tone;
}

function neverRan(runs: Runs, run: number): boolean {
  return Number.isNaN(at(runs.started, run)) && !Number.isNaN(at(runs.ended, run));
}

function bar(sheet: Sheet, from: number, to: number, y: number, tone: keyof Paints): void {
  const left = Math.max(-10, sheet.x(from));
  const right = Math.min(sheet.width + 10, sheet.x(to));
  if (right < -5 || left > sheet.width + 5) return;
  sheet.pen.fillStyle = sheet.paints[tone];
  sheet.pen.fillRect(left, y - 6, Math.max(2, right - left), 12);
}

/** A thin line until it ran. */
function drawQueued(sheet: Sheet, from: number, to: number, y: number): void {
  const left = sheet.x(from);
  sheet.pen.fillStyle = sheet.paints.muted;
  sheet.pen.fillRect(left, y - 1, Math.max(0, sheet.x(to) - left), 2);
}

function drawFlow(sheet: Sheet, run: number, y: number): void {
  const { pen, runs, paints, width } = sheet;
  const left = Math.max(-10, sheet.x(startOf(runs, run)));
  const right = Math.min(width + 10, sheet.x(endOf(runs, run, sheet.now)));
  const wide = Math.max(2, right - left);
  const colour = paints[toneOf(runs, run)];
  pen.fillStyle = colour;
  pen.strokeStyle = colour;
  pen.globalAlpha = 0.18;
  pen.fillRect(left, y - 7, wide, 14);
  pen.globalAlpha = 1;
  pen.strokeRect(left + 0.5, y - 6.5, Math.max(1, wide - 1), 13);
}

function drawNever(sheet: Sheet, run: number, y: number): void {
  const { pen, runs, paints } = sheet;
  const left = sheet.x(at(runs.begun, run));
  pen.strokeStyle = paints[toneOf(runs, run)];
  pen.setLineDash([3, 2]);
  pen.strokeRect(left + 0.5, y - 5.5, Math.max(6, sheet.x(endOf(runs, run, sheet.now)) - left), 11);
  pen.setLineDash([]);
}

/** Of several attempts: those that failed, the waits between them, and the last one as it ended. */
function drawAttempts(sheet: Sheet, run: number, y: number): void {
  const { runs, now } = sheet;
  const segments = runs.segments.get(run) ?? [];
  segments.forEach(({ from, state }, index) => {
    const next = segments[index + 1];
    const to = next?.from ?? endOf(runs, run, now);
    const { type, name } = at(runs.states, state);
    if (name === "AwaitingRetry") drawQueued(sheet, from, to, y);
    else if (type !== "RUNNING") return;
    else if (next && at(runs.states, next.state).name === "AwaitingRetry") {
      drawFailedAttempt(sheet, from, to, y);
    } else bar(sheet, from, to, y, toneOf(runs, run));
  });
}

function drawFailedAttempt(sheet: Sheet, from: number, to: number, y: number): void {
  sheet.pen.globalAlpha = 0.55;
  bar(sheet, from, to, y, "bad");
  sheet.pen.globalAlpha = 1;
}

function drawPath(sheet: Sheet, run: number, y: number): void {
  const left = sheet.x(startOf(sheet.runs, run));
  const right = sheet.x(endOf(sheet.runs, run, sheet.now));
  sheet.pen.fillStyle = sheet.paints.warn;
  sheet.pen.fillRect(left, y + 8, Math.max(2, right - left), 2);
}

const NAME = "11px Inter Variable, sans-serif";
const STRONG = `600 ${NAME}`;

/** Say beside the bar how it ended, where there is room. */
function drawWord(sheet: Sheet, run: number, y: number): void {
  const { pen, runs, paints, width } = sheet;
  const left = sheet.x(startOf(runs, run));
  const right = sheet.x(endOf(runs, run, sheet.now));
  const word = `✕ ${stateOf(runs, run).name}`;
  pen.font = STRONG;
  const wide = pen.measureText(word).width;
  const beside = left - wide - 6;
  if (right < 0 || left > width) return;
  pen.fillStyle = paints.bad;
  if (beside > 2) pen.fillText(word, beside, y + 4);
  else if (right + wide + 6 < width) pen.fillText(word, right + 6, y + 4);
}

// --- many at once ---------------------------------------------------------------------------------

function drawGroup(sheet: Sheet, row: GroupRow, index: number): void {
  const { pen, runs, ratio, now } = sheet;
  const width = Math.round(sheet.width * ratio);
  const raster = new Raster(width, 1);
  for (const run of row.members) {
    const from = sheet.x(startOf(runs, run)) * ratio;
    const to = sheet.x(endOf(runs, run, now)) * ratio;
    if (to >= 0) raster.add(0, RANKS.indexOf(toneOf(runs, run)), from, to);
  }
  const high = Math.round(12 * ratio);
  const y = middleOf(sheet, index);
  const image = pen.createImageData(width, high);
  raster.paint(image.data, coloursOf(sheet.paints), high);
  // Put straight on the picture it would take away what is behind it.
  const layer = new OffscreenCanvas(width, high);
  layer.getContext("2d")?.putImageData(image, 0, 0);
  pen.drawImage(layer, 0, y - 6, sheet.width, 12);
  for (const run of row.members) if (sheet.path?.has(run)) drawPath(sheet, run, y);
}

export function coloursOf(paints: Paints): Colour[] {
  return RANKS.map((rank) => {
    const [red = 0, green = 0, blue = 0] = paints[rank].match(/[\d.]+/g)?.map(Number) ?? [];
    return [red, green, blue];
  });
}

// --- events ---------------------------------------------------------------------------------------

/** Diamonds nearer than this to the last are one with it. */
const CLUSTER = 5;

function drawLane(sheet: Sheet, { lane }: LaneRow, index: number): void {
  const { happenings, axis } = sheet;
  const y = middleOf(sheet, index);
  const times = lane.events.map((event) => event);
  const occurred = Float64Array.from(times, (event) => at(happenings.occurred, event));
  let last = Number.NEGATIVE_INFINITY;
  let wordsEnd = 0;
  for (
    let place = lowerBound(occurred, axis.view.from);
    place < times.length && at(occurred, place) <= axis.view.to;
    place++
  ) {
    const event = at(times, place);
    const x = sheet.x(at(occurred, place));
    const bad = isBad(at(happenings.events, event));
    if (!bad && x - last < CLUSTER && event !== sheet.event) continue;
    last = x;
    drawDiamond(sheet, at(occurred, place), y, event);
    if (bad) wordsEnd = drawName(sheet, event, x, y, wordsEnd);
  }
}

function drawDiamond(sheet: Sheet, time: number, y: number, event: number): void {
  const { pen, paints, happenings } = sheet;
  const x = sheet.x(time);
  if (x < -8 || x > sheet.width + 8) return;
  const bad = isBad(at(happenings.events, event));
  const size = event === sheet.event ? 7 : bad ? 5 : 3.5;
  pen.beginPath();
  pen.moveTo(x, y - size);
  pen.lineTo(x + size, y);
  pen.lineTo(x, y + size);
  pen.lineTo(x - size, y);
  pen.closePath();
  pen.fillStyle = bad ? paints.bad : paints.external;
  pen.fill();
  pen.strokeStyle = event === sheet.event ? paints.text : paints.panel;
  pen.stroke();
}

/** Name what went wrong, left of it, if no other name is there. Return where it ends. */
function drawName(sheet: Sheet, event: number, x: number, y: number, free: number): number {
  const { pen, paints, happenings } = sheet;
  const word = lastPart(at(happenings.events, event).name);
  pen.font = NAME;
  const left = x - 9 - pen.measureText(word).width;
  if (left < free) return Math.max(free, x + 9);
  pen.fillStyle = paints.text;
  pen.fillText(word, left, y + 4);
  return x + 9;
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
    const tone = isBad(at(happenings.events, event)) ? paints.bad : paints.external;
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
    const { name, resource } = at(scene.happenings.events, event);
    return `${name} · ${resource}`;
  }
  if (row?.kind === "run") {
    return `${scene.runs.name(row.run)} · ${stateOf(scene.runs, row.run).name}`;
  }
  if (row?.kind === "group") return `${row.label} ×${row.members.length}`;
  return row?.kind === "lane" ? row.lane.system : "";
}
