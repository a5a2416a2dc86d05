/** Draw runs: when each waited, ran, failed and tried again; many of one task together. */
import { FILLED, type IconName, SHAPES } from "../../../parts/icons";
import { faceOf } from "../../../parts/states";
import { at } from "../data/columns";
import { endOf, isFailed, type Runs, startOf, stateOf } from "../data/runs";
import { drawEvents } from "./diamonds";
import { type Colour, RANKS, Raster } from "./raster";
import type { GroupRow, RunRow } from "./rows";
import { middleOf, NAME, type Paints, type Sheet } from "./sheet";

export function drawRun(sheet: Sheet, { run }: RunRow, index: number): void {
  const { runs, now } = sheet;
  const y = middleOf(sheet, index);
  const from = startOf(runs, run);
  drawQueued(sheet, at(runs.begun, run), from, y);
  if (runs.isFlow[run]) drawFlow(sheet, run, y);
  else if (runs.segments.has(run)) drawAttempts(sheet, run, y);
  else if (neverRan(runs, run)) drawNever(sheet, run, y);
  else bar(sheet, from, endOf(runs, run, now), y, toneOf(runs, run));
  if (sheet.path?.has(run)) drawPath(sheet, run, y);
  drawEvents(sheet, sheet.happenings.byRun.get(run) ?? [], y);
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

const STRONG = `600 ${NAME}`;
/** How wide the icon before a word is, with the room behind it. */
const ICON = 10;
const ICON_ROOM = 13;

/** Say beside the bar how it ended, where there is room. */
function drawWord(sheet: Sheet, run: number, y: number): void {
  const { pen, runs, paints, width } = sheet;
  const left = sheet.x(startOf(runs, run));
  const right = sheet.x(endOf(runs, run, sheet.now));
  if (right < 0 || left > width) return;
  const state = stateOf(runs, run);
  pen.font = STRONG;
  const wide = pen.measureText(state.name).width + ICON_ROOM;
  const before = left - wide - 6;
  const from = before > 2 ? before : right + 6;
  if (from + wide > width) return;
  pen.fillStyle = paints.bad;
  pen.fillText(state.name, from + ICON_ROOM, y + 4);
  drawIcon(sheet, faceOf(state).icon, from, y - ICON / 2);
}

/** In a font it would be a sign that most have not: to find one that has takes longer than all else. */
function drawIcon({ pen, paints }: Sheet, name: IconName, x: number, y: number): void {
  const shape = new Path2D(SHAPES[name]);
  pen.save();
  pen.translate(x, y);
  pen.scale(ICON / 16, ICON / 16);
  pen.strokeStyle = paints.bad;
  pen.lineWidth = 2.4;
  if (FILLED.has(name)) pen.fill(shape);
  else pen.stroke(shape);
  pen.restore();
}

// --- many at once ---------------------------------------------------------------------------------

export function drawGroup(sheet: Sheet, row: GroupRow, index: number): void {
  const { pen, runs, ratio, now } = sheet;
  const width = Math.round(sheet.width * ratio);
  const raster = new Raster(width, 1);
  const ranks = ranksOf(runs);
  for (const run of row.members) {
    const from = sheet.x(startOf(runs, run)) * ratio;
    const to = sheet.x(endOf(runs, run, now)) * ratio;
    if (to >= 0) raster.add(0, at(ranks, at(runs.state, run)), from, to);
  }
  const high = Math.round(12 * ratio);
  const y = middleOf(sheet, index);
  const image = pen.createImageData(width, high);
  raster.paint(image.data, coloursOf(sheet.paints), high);
  // Put straight on the picture it would take away what is behind it.
  const layer = new OffscreenCanvas(width, high);
  layer.getContext("2d")?.putImageData(image, 0, 0);
  pen.drawImage(layer, 0, y - 6, sheet.width, 12);
  if (sheet.path === null) return;
  for (const run of row.members) if (sheet.path.has(run)) drawPath(sheet, run, y);
}

/** The rank of each state: there are few, and very many runs. */
export function ranksOf({ states }: Runs): number[] {
  return states.map((state) => RANKS.indexOf(faceOf(state).tone));
}

export function coloursOf(paints: Paints): Colour[] {
  return RANKS.map((rank) => {
    const [red = 0, green = 0, blue = 0] = paints[rank].match(/[\d.]+/g)?.map(Number) ?? [];
    return [red, green, blue];
  });
}
