/** Where the ticks of an axis stand. */
import type { Zone } from "../browser/zone";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Seconds between ticks that people can read. */
const STEPS = [
  ...[1, 5, 15, 30],
  ...[1, 5, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 7, 14, 28].map((days) => days * DAY),
];

/** Months between ticks of longer times, up to as much as a `Date` holds. */
const MONTHS = [
  ...[1, 3, 6],
  ...[1, 10, 100, 1_000, 10_000, 100_000].flatMap((years) =>
    [12, 24, 60].map((one) => one * years),
  ),
];
const MONTH = 30 * DAY;

export interface TimeTick {
  at: Date;
  /** What the tick says: a year, a month with its year, a day, a minute, or a second. */
  says: "year" | "month" | "day" | "minute" | "second";
}

/** Round moments of the zone between the two, at most so many. */
export function timeTicks(since: Date, until: Date, zone: Zone, most: number): TimeTick[] {
  const seconds = (until.getTime() - since.getTime()) / 1000;
  const step = STEPS.find((one) => seconds / one <= most);
  if (step === undefined) return monthTicks(since, until, zone, most);
  const ticks: TimeTick[] = [];
  for (let at = roundUp(since, step, zone); at <= until; at = next(at, step, zone)) {
    ticks.push({ at, says: said(at, step, zone) });
  }
  return ticks;
}

function monthTicks(since: Date, until: Date, zone: Zone, most: number): TimeTick[] {
  const months = (until.getTime() - since.getTime()) / 1000 / MONTH;
  const step = MONTHS.find((one) => months / one <= most) ?? months;
  const first = Math.floor(monthOf(since, zone) / step) * step;
  const ticks: TimeTick[] = [];
  for (let month = first, at = since; at <= until; month += step) {
    at = beginOf(month, zone);
    if (at >= since && at <= until) ticks.push({ at, says: step % 12 === 0 ? "year" : "month" });
  }
  return ticks;
}

/** Months since the year 0. */
function monthOf(at: Date, zone: Zone): number {
  const there = new Date(at.getTime() - shift(at, zone));
  return there.getUTCFullYear() * 12 + there.getUTCMonth();
}

function beginOf(month: number, zone: Zone): Date {
  const at = new Date(0);
  // `Date.UTC` takes the first hundred years for those of the last century.
  at.setUTCFullYear(Math.floor(month / 12), month % 12);
  return new Date(at.getTime() + shift(at, zone));
}

function next(at: Date, step: number, zone: Zone): Date {
  return roundUp(new Date(at.getTime() + 1), step, zone);
}

/** Round on the clock of the zone, so that days begin at its midnight, whatever the season. */
function roundUp(at: Date, step: number, zone: Zone): Date {
  const whole = step * 1000;
  const here = at.getTime() - shift(at, zone);
  const there = Math.ceil(here / whole) * whole;
  return new Date(there + shift(new Date(there + shift(at, zone)), zone));
}

function shift(at: Date, zone: Zone): number {
  return zone === "UTC" ? 0 : at.getTimezoneOffset() * MINUTE * 1000;
}

function said(at: Date, step: number, zone: Zone): TimeTick["says"] {
  if ((at.getTime() - shift(at, zone)) % (DAY * 1000) === 0) return "day";
  return step < MINUTE ? "second" : "minute";
}

/** The top of an axis of counts: the next of 1, 2, 5, 10, 20, 50 … */
export function roundTop(count: number): number {
  if (count <= 1) return 1;
  const size = 10 ** Math.floor(Math.log10(count));
  return size * ([1, 2, 5, 10].find((one) => one * size >= count) ?? 10);
}

/** `950`, `1.2k`, `3M`: a count where there is little room. */
export function shortCount(count: number): string {
  if (count < 1_000) return String(count);
  if (count < 1_000_000) return `${trimmed(count / 1_000)}k`;
  return `${trimmed(count / 1_000_000)}M`;
}

function trimmed(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : value.toFixed(0);
}
