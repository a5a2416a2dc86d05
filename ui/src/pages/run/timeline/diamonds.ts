/** Draw events: a ◆ for each, one for those that are too near to each other to tell apart. */
import { at, firstWhere } from "../data/columns";
import { lastPart } from "../words";
import { drawLasting } from "./lasting";
import type { LaneRow } from "./rows";
import { middleOf, NAME, type Sheet } from "./sheet";

/** Diamonds nearer than this to the last are one with it. */
const CLUSTER = 5;
/** What went ill is not hidden by what went well, only by its like. */
const SAME = 1;

export function drawLane(sheet: Sheet, { lane }: LaneRow, index: number): void {
  const y = middleOf(sheet, index);
  drawLasting(sheet, lane.events, y);
  drawEvents(sheet, lane.events, y, true);
}

/** Draw events in a row, by their indexes; of those that went ill also the names, if asked. */
export function drawEvents(
  sheet: Sheet,
  events: ArrayLike<number>,
  y: number,
  named = false,
): void {
  const { happenings, axis } = sheet;
  const time = (place: number) => at(happenings.occurred, at(events, place));
  let last = Number.NEGATIVE_INFINITY;
  let wordsEnd = 0;
  let place = firstWhere(events.length, (one) => time(one) >= axis.view.from);
  for (; place < events.length && time(place) <= axis.view.to; place++) {
    const event = at(events, place);
    const x = sheet.x(time(place));
    const bad = at(happenings.bad, event) === 1;
    const near = x - last < (bad ? SAME : CLUSTER);
    if (near && event !== sheet.event) continue;
    last = x;
    drawDiamond(sheet, time(place), y, event);
    if (bad && named) wordsEnd = drawName(sheet, event, x, y, wordsEnd);
  }
}

function drawDiamond(sheet: Sheet, time: number, y: number, event: number): void {
  const { pen, paints, happenings } = sheet;
  const x = sheet.x(time);
  if (x < -8 || x > sheet.width + 8) return;
  const bad = at(happenings.bad, event) === 1;
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

/** Name what went wrong, left of it and of what it lasted, if no other name is there. Return where it
 * ends. */
function drawName(sheet: Sheet, event: number, x: number, y: number, free: number): number {
  const { pen, paints, happenings } = sheet;
  const { name, began } = at(happenings.events, event);
  const word = lastPart(name);
  pen.font = NAME;
  const left = Math.min(x, sheet.x(began)) - 9 - pen.measureText(word).width;
  if (left < free) return Math.max(free, x + 9);
  pen.fillStyle = paints.text;
  pen.fillText(word, left, y + 4);
  return x + 9;
}
