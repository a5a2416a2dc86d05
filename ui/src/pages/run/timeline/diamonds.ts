/** Draw events: a ◆ for each, one for those that are too near to each other to tell apart. */
import { at, lowerBound } from "../data/columns";
import { isBad } from "../data/happenings";
import { lastPart } from "../words";
import type { LaneRow } from "./rows";
import { middleOf, NAME, type Sheet } from "./sheet";

/** Diamonds nearer than this to the last are one with it. */
const CLUSTER = 5;

export function drawLane(sheet: Sheet, { lane }: LaneRow, index: number): void {
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

export function drawDiamond(sheet: Sheet, time: number, y: number, event: number): void {
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
