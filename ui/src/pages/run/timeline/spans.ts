/** How long a run took on the axis, when nothing went on in it, and what it was that took so long. */
import { at } from "../data/columns";
import type { Happenings } from "../data/happenings";
import { endOf, type Runs, startOf } from "../data/runs";
import type { Span } from "./axis";

const MARGIN = 0.02;
const LEAST = 10_000;
/** While it goes on, the axis ends where it does not have to move at each moment. */
const AHEAD = 1.25;

/** From when it was scheduled until after its end. */
export function fitOf(runs: Runs, now: number): Span {
  const from = at(runs.begun, 0);
  let to = from;
  for (let row = 0; row < runs.count; row++) to = Math.max(to, endOf(runs, row, now));
  if (Number.isNaN(at(runs.ended, 0))) to = from + stepped(to - from);
  return withMargin({ from, to });
}

/** With what happened before and after it. */
export function wholeOf(fit: Span, { occurred }: Pick<Happenings, "occurred">): Span {
  const first = occurred[0] ?? fit.from;
  const last = occurred.at(-1) ?? fit.to;
  if (first >= fit.from && last <= fit.to) return fit;
  return withMargin({ from: Math.min(first, fit.from), to: Math.max(last, fit.to) });
}

function withMargin({ from, to }: Span): Span {
  const margin = Math.max(to - from, LEAST) * MARGIN;
  return { from: from - margin, to: to + margin };
}

function stepped(width: number): number {
  const seconds = Math.max(width, 5e6);
  return AHEAD ** Math.ceil(Math.log(seconds) / Math.log(AHEAD) + 0.1);
}

/** Idle times of this share of the whole, and longer, can be folded. */
const LONG = 0.08;

/** When no task ran and no event occurred for long. */
export function gapsOf(runs: Runs, { occurred }: Happenings, whole: Span, now: number): Span[] {
  const least = (whole.to - whole.from) * LONG;
  const gaps: Span[] = [];
  let busyUntil = Number.POSITIVE_INFINITY;
  for (const { from, to } of busy(runs, occurred, now)) {
    if (from - busyUntil > least) gaps.push({ from: busyUntil, to: from });
    busyUntil = busyUntil === Number.POSITIVE_INFINITY ? to : Math.max(busyUntil, to);
  }
  return gaps;
}

/** When something went on, by its start. */
function busy(runs: Runs, occurred: Float64Array, now: number): Span[] {
  const spans: Span[] = Array.from(occurred, (time) => ({ from: time, to: time }));
  const end = endOf(runs, 0, now);
  spans.push({ from: at(runs.begun, 0), to: at(runs.begun, 0) }, { from: end, to: end });
  for (let row = 0; row < runs.count; row++) {
    const isLeaf = at(runs.children, row).length === 0;
    if (isLeaf) spans.push(...busyOf(runs, row, now));
  }
  return spans.sort((one, other) => one.from - other.from);
}

/** When a run was busy: not while it waited for its next attempt. */
function busyOf(runs: Runs, row: number, now: number): Span[] {
  const end = endOf(runs, row, now);
  const segments = runs.segments.get(row);
  if (segments === undefined) return [{ from: startOf(runs, row), to: end }];
  const spans = segments.map(({ from, state }, index) => ({
    from,
    to: segments[index + 1]?.from ?? end,
    waits: at(runs.states, state).name === "AwaitingRetry",
  }));
  return spans.filter(({ waits }) => !waits).map(({ from, to }) => ({ from, to }));
}

/** The runs without which it would have been over sooner: of what ran, always the last to end. */
export function criticalPath(runs: Runs, now: number): Set<number> {
  const path = new Set<number>([0]);
  const todo: number[] = [0];
  for (let parent = todo.pop(); parent !== undefined; parent = todo.pop()) {
    for (const child of lastOnes(runs, parent, now)) {
      path.add(child);
      todo.push(child);
    }
  }
  return path;
}

/** From the end back: the child that ended last, then that which ended last before its start, … */
function lastOnes(runs: Runs, parent: number, now: number): number[] {
  const children = at(runs.children, parent).filter((row) => !Number.isNaN(at(runs.started, row)));
  const byEnd = children.sort((one, other) => endOf(runs, other, now) - endOf(runs, one, now));
  const last: number[] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const row of byEnd) {
    if (endOf(runs, row, now) > before) continue;
    last.push(row);
    before = startOf(runs, row);
  }
  return last;
}
