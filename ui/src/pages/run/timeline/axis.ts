/** Where a time is on the axis, from 0 to 1, and back. Idle times may be folded to next to nothing. */
import { at } from "../data/columns";

export interface Span {
  from: number;
  to: number;
}

export interface Axis {
  view: Span;
  folds: readonly Span[];
  shareOf: (time: number) => number;
  timeOf: (share: number) => number;
}

/** What is left of a folded time. */
const FOLDED = 0.015;

/** The axis of a view; of each second that is folded so much is `left`. */
export function axisOf(view: Span, folds: readonly Span[] = [], left = FOLDED): Axis {
  const bends = bendsOf(folds, left);
  const first = bent(bends, view.from);
  const width = bent(bends, view.to) - first || 1;
  return {
    view,
    folds,
    shareOf: (time) => (bent(bends, time) - first) / width,
    timeOf: (share) => straight(bends, first + share * width),
  };
}

/** Points between which time passes evenly: a time, and how much of it is on the axis until there. */
interface Bends {
  times: number[];
  places: number[];
}

function bendsOf(folds: readonly Span[], left: number): Bends {
  const bends: Bends = { times: [], places: [] };
  let lost = 0;
  for (const { from, to } of folds) {
    bends.times.push(from, to);
    bends.places.push(from - lost, from - lost + (to - from) * left);
    lost += (to - from) * (1 - left);
  }
  return bends;
}

/** Of an axis, what is outside of the span in focus. */
const ASIDE = 0.2;

/** The axis of the whole on which the span in focus is not lost: a cause may be days before it. */
export function focusedAxis(focus: Span, whole: Span): Axis {
  const around = [
    { from: whole.from, to: focus.from },
    { from: focus.to, to: whole.to },
  ].filter(({ from, to }) => to > from);
  const outside = around.reduce((sum, { from, to }) => sum + to - from, 0);
  const room = (focus.to - focus.from) * (ASIDE / (1 - ASIDE));
  return outside <= room ? axisOf(whole) : axisOf(whole, around, room / outside);
}

function bent({ times, places }: Bends, time: number): number {
  return along(times, places, time);
}

function straight({ times, places }: Bends, place: number): number {
  return along(places, times, place);
}

/** Go from one scale to the other; outside of all bends both pass alike. */
function along(here: readonly number[], there: readonly number[], value: number): number {
  let next = 0;
  while (next < here.length && at(here, next) <= value) next++;
  if (next === 0) return here.length === 0 ? value : at(there, 0) - (at(here, 0) - value);
  const before = next - 1;
  const passed = value - at(here, before);
  if (next === here.length) return at(there, before) + passed;
  const pace = (at(there, next) - at(there, before)) / (at(here, next) - at(here, before));
  return at(there, before) + passed * pace;
}

const SECOND = 1e6;
const STEPS = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((ms) => ms * 1e3),
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * 60 * SECOND),
  ...[1, 2, 3, 6, 12, 24, 48, 168].map((hours) => hours * 3600 * SECOND),
];

/** Round times to write at the axis, at most so many of them where nothing is folded. */
export function ticks({ view, shareOf }: Axis, most: number): { times: number[]; step: number } {
  const width = view.to - view.from;
  const step = STEPS.find((one) => width / one <= most) ?? at(STEPS, STEPS.length - 1);
  const times: number[] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (let time = Math.ceil(view.from / step) * step; time < view.to; time += step) {
    const share = shareOf(time);
    // Inside of folded times there is no room for all of them.
    if (share - last >= 0.7 / most) {
      times.push(time);
      last = share;
    }
    if (times.length > 10 * most) break;
  }
  return { times, step };
}

const NARROWEST = 2_000;

/** Make the view wider or narrower around a place on the axis. */
export function zoomed(axis: Axis, factor: number, around = 0.5): Span {
  const from = axis.timeOf(around - around * factor);
  const to = axis.timeOf(around + (1 - around) * factor);
  const middle = axis.timeOf(around);
  if (to - from >= NARROWEST) return { from, to };
  return { from: middle - NARROWEST / 2, to: middle + NARROWEST / 2 };
}

export function panned(axis: Axis, share: number): Span {
  return { from: axis.timeOf(share), to: axis.timeOf(1 + share) };
}

/** Keep the view inside of the whole. */
export function within(view: Span, whole: Span): Span {
  const width = Math.min(view.to - view.from, whole.to - whole.from);
  const from = Math.max(whole.from, Math.min(view.from, whole.to - width));
  return { from, to: from + width };
}

/** Whether nothing of the whole is in sight. */
export function isBeside(view: Span, whole: Span): boolean {
  return view.to < whole.from || view.from > whole.to;
}
