/** Times and durations as people read them. */
import type { Zone } from "../browser/zone";

type Parts = Intl.DateTimeFormatOptions;

const CLOCK: Parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const MINUTES: Parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
const YEAR: Parts = { year: "numeric" };
const DATE: Parts = { month: "short", day: "2-digit" };
const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

const formats = new Map<string, Intl.DateTimeFormat>();

/** `02:14:31` */
export function clock(at: Date, zone: Zone): string {
  return written(at, zone, CLOCK);
}

/** `02:14:31.117` */
export function precise(at: Date, zone: Zone): string {
  return `${clock(at, zone)}.${String(at.getUTCMilliseconds()).padStart(3, "0")}`;
}

/** `02:14`, of an axis. */
export function minute(at: Date, zone: Zone): string {
  return written(at, zone, MINUTES);
}

/** `Jan 31`, of an axis. */
export function dayOf(at: Date, zone: Zone): string {
  return written(at, zone, DATE);
}

/** `Jan 2026`, of an axis. */
export function monthOf(at: Date, zone: Zone): string {
  return written(at, zone, { month: "short", ...YEAR });
}

/** `2026`, of an axis. */
export function yearOf(at: Date, zone: Zone): string {
  return written(at, zone, YEAR);
}

/** `Jan 31, 02:14:31`; with its year, where that is not this one. */
export function moment(at: Date, zone: Zone, now = new Date()): string {
  const isNear = written(at, zone, YEAR) === written(now, zone, YEAR);
  return written(at, zone, { ...(isNear ? {} : YEAR), ...DATE, ...CLOCK });
}

/** `2026-01-31 02:14:31.117 UTC`: all there is to know, for a title. */
export function whole(at: Date, zone: Zone): string {
  const shift = zone === "UTC" ? 0 : at.getTimezoneOffset();
  const there = new Date(at.getTime() - shift * 60_000).toISOString();
  return `${there.slice(0, 10)} ${there.slice(11, 23)} ${zoneAt(at, zone)}`;
}

/** `UTC`, or `+01:00`: what the clock is ahead of it then. */
export function zoneAt(at: Date, zone: Zone): string {
  return zone === "UTC" ? "UTC" : offset(at.getTimezoneOffset());
}

function offset(minutesBehind: number): string {
  const sign = minutesBehind > 0 ? "-" : "+";
  const size = Math.abs(minutesBehind);
  return `${sign}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
}

function written(at: Date, zone: Zone, parts: Parts): string {
  const key = `${zone} ${Object.keys(parts).join()}`;
  let format = formats.get(key);
  if (format === undefined) {
    // Making one takes a hundred times as long as using it.
    format = new Intl.DateTimeFormat("en-US", {
      ...parts,
      ...(zone === "UTC" ? { timeZone: "UTC" } : {}),
    });
    formats.set(key, format);
  }
  return format.format(at);
}

/** `now`, `4m ago`, `in 2h`: how far away a time is. */
export function away(at: Date, now: Date): string {
  const seconds = (now.getTime() - at.getTime()) / 1000;
  const size = Math.abs(seconds);
  if (size < 1) return "now";
  return seconds > 0 ? `${roughly(size)} ago` : `in ${roughly(size)}`;
}

function roughly(seconds: number): string {
  if (seconds < MINUTE) return `${Math.floor(seconds)}s`;
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)}h`;
  return `${Math.floor(seconds / DAY)}d`;
}

/** A time of the API in µs since 1970. */
export function micros(time: string): number {
  // `Date` knows milliseconds only; what the API says beyond them are three digits more.
  const beyond = /\.\d{3}(\d{1,3})/.exec(time)?.[1] ?? "";
  return Date.parse(time) * 1000 + Number(beyond.padEnd(3, "0"));
}

/** Whether not the whole of a time was looked at: there was too much in it. */
export function isCutShort({ since, reached }: { since: string; reached: string }): boolean {
  return micros(reached) > micros(since);
}

/** `320ms`, `1.8s`, `14m 27s`, `2h 05m`, `3d 04h`: as the command line writes it. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(Math.max(0, seconds) * 1000)}ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < HOUR) return `${Math.floor(whole / MINUTE)}m ${pad(whole % MINUTE)}s`;
  if (whole < DAY)
    return `${Math.floor(whole / HOUR)}h ${pad(Math.floor((whole % HOUR) / MINUTE))}m`;
  return `${Math.floor(whole / DAY)}d ${pad(Math.floor((whole % DAY) / HOUR))}h`;
}

function pad(number: number): string {
  return String(number).padStart(2, "0");
}
