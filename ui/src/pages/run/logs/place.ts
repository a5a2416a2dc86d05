/** Which item of a log the address is about. */
import { at } from "../data/columns";
import type { Lines } from "../data/lines";
import type { RunSearch } from "../search";
import type { RunScene } from "../useScene";
import { ERROR } from "./levels";
import { placeAt, timeOf } from "./merged";

export type Sighted = Pick<RunScene, "event" | "happenings" | "moment" | "runs">;

/** The place of the event, of the moment, or of the last word of the run; -1 where there is none. */
export function currentPlace(
  items: Int32Array,
  lines: Lines,
  scene: Sighted,
  sel: RunSearch["sel"],
): number {
  const { event, moment, runs } = scene;
  if (event >= 0) return ofEvent(items, event, lines, scene);
  if (moment !== null) return atMoment(items, moment, lines, scene, sel);
  const run = runs.rowOf.get(sel ?? "");
  return run === undefined ? -1 : lastWord(items, lines, runs.ids[run] ?? "");
}

/** Items that are looked through for an event: others may have happened in the same µs. */
const OF_ONE_MOMENT = 100;

function ofEvent(items: Int32Array, event: number, lines: Lines, { happenings }: Sighted): number {
  const first = placeAt(items, at(happenings.occurred, event), lines, happenings);
  const near = items.subarray(first, first + OF_ONE_MOMENT).indexOf(~event);
  return near < 0 ? -1 : first + near;
}

/** The line of the run at that moment, else whatever comes next. */
function atMoment(
  items: Int32Array,
  moment: number,
  lines: Lines,
  { happenings }: Sighted,
  sel: RunSearch["sel"],
): number {
  const place = placeAt(items, moment, lines, happenings);
  for (let near = place; near < items.length; near++) {
    const item = at(items, near);
    if (timeOf(item, lines, happenings) > moment) break;
    if (item >= 0 && lines.runOf(item) === sel) return near;
  }
  return place < items.length ? place : items.length - 1;
}

/** The last error that the run logged, else its first line. */
function lastWord(items: Int32Array, lines: Lines, run: string): number {
  let first = -1;
  for (let place = items.length - 1; place >= 0; place--) {
    const item = at(items, place);
    if (item < 0 || lines.runOf(item) !== run) continue;
    if (at(lines.level, item) >= ERROR) return place;
    first = place;
  }
  return first;
}

/** The place of the first error that was logged, -1 without. */
export function firstError(items: Int32Array, { level }: Lines): number {
  return items.findIndex((item) => item >= 0 && at(level, item) >= ERROR);
}

/** The place after one, or before it; round at the ends. From nowhere, the first or the last. */
export function stepped(place: number, by: 1 | -1, count: number): number {
  if (count === 0) return -1;
  if (place < 0) return by > 0 ? 0 : count - 1;
  return (place + by + count) % count;
}
