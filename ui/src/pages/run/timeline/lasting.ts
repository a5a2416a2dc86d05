/** Draw how long calls lasted, in the lane of what they went to; below the diamonds of their ends. */
import { whole } from "../../../parts/numbers";
import { duration } from "../../../parts/times";
import { at } from "../data/columns";
import { isOpen, type Many } from "../data/happenings";
import { NAME, type Sheet } from "./sheet";

const HIGH = 8;
/** Narrower ones are where their diamond is. */
const LEAST = 2;
/** How far one that did not return goes on after what was heard of it last. */
const BEYOND = 36;

/** Draw the calls among the events of a lane, by their indexes, that are in sight. */
export function drawLasting(sheet: Sheet, events: ArrayLike<number>, y: number): void {
  const { happenings, axis } = sheet;
  for (let place = 0; place < events.length; place++) {
    const event = at(happenings.events, at(events, place));
    if (event.occurred < axis.view.from || event.began > axis.view.to) continue;
    const [left, right] = [sheet.x(event.began), sheet.x(event.occurred)];
    if (event.many) drawMany(sheet, left, right, y, event.many);
    else if (isOpen(event)) drawOpen(sheet, left, right, y);
    else if (right - left >= LEAST) drawCall(sheet, left, right, y, isBad(sheet, events, place));
  }
}

/** The event whose call was under way at a time; the one that began last, -1: none was. */
export function lastingAt(
  { happenings }: Pick<Sheet, "happenings">,
  events: ArrayLike<number>,
  time: number,
): number {
  let found = -1;
  let began = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < events.length; place++) {
    const index = at(events, place);
    const event = at(happenings.events, index);
    if (event.began > time || event.occurred < time || event.began < began) continue;
    [found, began] = [index, event.began];
  }
  return found;
}

function isBad({ happenings }: Sheet, events: ArrayLike<number>, place: number): boolean {
  return at(happenings.bad, at(events, place)) === 1;
}

function drawCall(sheet: Sheet, left: number, right: number, y: number, bad: boolean): void {
  const { pen, paints } = sheet;
  pen.fillStyle = bad ? paints.bad : paints.external;
  pen.globalAlpha = bad ? 0.7 : 0.4;
  const from = Math.max(-10, left);
  pen.fillRect(from, y - HIGH / 2, Math.min(sheet.width + 10, right) - from, HIGH);
  pen.globalAlpha = 1;
}

/** One that did not return: its bar has no end. */
function drawOpen(sheet: Sheet, left: number, right: number, y: number): void {
  drawCall(sheet, left, Math.max(right, left + LEAST), y, true);
  const { pen, paints } = sheet;
  pen.strokeStyle = paints.bad;
  pen.setLineDash([4, 3]);
  pen.beginPath();
  for (const edge of [y - HIGH / 2 + 0.5, y + HIGH / 2 - 0.5]) {
    pen.moveTo(right, edge);
    pen.lineTo(right + BEYOND, edge);
  }
  pen.stroke();
  pen.setLineDash([]);
}

const STRIPE = 5;

/** Very many calls: a hatched band, with how many there were and their p95 where there is room. */
function drawMany(
  sheet: Sheet,
  left: number,
  right: number,
  y: number,
  { calls, failures, p95 }: Many,
): void {
  const { pen, paints, width } = sheet;
  const [from, to] = [Math.max(-10, left), Math.min(width + 10, Math.max(right, left + 4))];
  pen.save();
  pen.beginPath();
  pen.rect(from, y - HIGH / 2, to - from, HIGH);
  pen.clip();
  pen.strokeStyle = failures > 0 ? paints.bad : paints.external;
  pen.beginPath();
  for (let x = from - HIGH; x < to; x += STRIPE) {
    pen.moveTo(x, y + HIGH / 2);
    pen.lineTo(x + HIGH, y - HIGH / 2);
  }
  pen.stroke();
  pen.restore();
  const count = `×${whole(calls)}`;
  const words = [`${count} · p95 ${duration(p95 / 1e6)}`, count];
  drawWords(sheet, words, from, to, y);
}

/** Write the first of some texts for which there is room. */
function drawWords(sheet: Sheet, texts: readonly string[], from: number, to: number, y: number) {
  const { pen, paints } = sheet;
  pen.font = NAME;
  const text = texts.find((one) => pen.measureText(one).width + 24 <= to - from);
  if (text === undefined) return;
  const wide = pen.measureText(text).width;
  const left = (from + to - wide) / 2;
  pen.fillStyle = paints.panel;
  pen.fillRect(left - 3, y - 7, wide + 6, 14);
  pen.fillStyle = paints.text;
  pen.fillText(text, left, y + 4);
}
