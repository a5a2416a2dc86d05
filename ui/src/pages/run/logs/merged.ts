/** The lines of a log and the events between them, by time. */
import type { LogEntry } from "../../../api/types";
import { at, firstWhere, micros } from "../data/columns";
import type { Happenings } from "../data/happenings";
import type { Runs } from "../data/runs";
import { LEVELS, type Level } from "../search";
import { lineage } from "../timeline/rows";

/** Lines as columns: of a hundred thousand the times are not read again at each look. */
export interface Lines {
  entries: readonly LogEntry[];
  times: Float64Array;
}

export interface Chosen {
  level?: Level;
  /** In the message or the event's name, whatever the case. */
  text?: string;
  /** Of this run and what is below it alone. */
  within?: number;
}

const STEP = 10;

export function levelOf(level: Level): number {
  return (LEVELS.indexOf(level) + 1) * STEP;
}

export function linesOf(entries: readonly LogEntry[], before?: Lines): Lines {
  const times = new Float64Array(entries.length);
  // A log grows at its end: what was read before is known.
  const known = before?.entries[0] === entries[0] ? (before?.times.length ?? 0) : 0;
  if (before) times.set(before.times.subarray(0, Math.min(known, entries.length)));
  for (let line = 0; line < entries.length; line++) {
    if (line >= known || before?.entries[line] !== entries[line]) {
      times[line] = micros(at(entries, line).time);
    }
  }
  return { entries, times };
}

/** Indexes of lines, and of events as `~index`, in the order of time; an event before a line. */
export function merged(lines: Lines, happenings: Happenings, runs: Runs, chosen: Chosen) {
  const wanted = filterOf(runs, chosen);
  const items = new Int32Array(lines.entries.length + happenings.events.length);
  let count = 0;
  let event = 0;
  const passEvents = (until: number) => {
    for (; event < happenings.events.length; event++) {
      if (at(happenings.occurred, event) > until) return;
      const { name, resource, run } = at(happenings.events, event);
      if (wanted.run(run) && wanted.text(`${name} ${resource}`)) items[count++] = ~event;
    }
  };
  for (let line = 0; line < lines.entries.length; line++) {
    passEvents(at(lines.times, line));
    const entry = at(lines.entries, line);
    if (entry.level >= wanted.level && wanted.text(entry.message) && wanted.line(entry)) {
      items[count++] = line;
    }
  }
  passEvents(Number.POSITIVE_INFINITY);
  return items.subarray(0, count);
}

function filterOf(runs: Runs, { level, text, within }: Chosen) {
  const sought = text === undefined ? null : new RegExp(escaped(text), "i");
  const run = (row: number) =>
    within === undefined || (row >= 0 && lineage(runs, row).includes(within));
  const known = new Map<string, boolean>();
  return {
    level: level === undefined ? 0 : levelOf(level),
    text: (said: string) => sought === null || sought.test(said),
    run,
    line: ({ run: id }: LogEntry) => {
      const before = known.get(id);
      if (before !== undefined) return before;
      const is = run(runs.rowOf.get(id) ?? -1);
      known.set(id, is);
      return is;
    },
  };
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** When an item of the merged list was. */
export function timeOf(item: number, lines: Lines, { occurred }: Happenings): number {
  return item < 0 ? at(occurred, ~item) : at(lines.times, item);
}

/** The place in the list of the first item at that time or later. */
export function placeAt(
  items: Int32Array,
  time: number,
  lines: Lines,
  happenings: Happenings,
): number {
  return firstWhere(items.length, (place) => timeOf(at(items, place), lines, happenings) >= time);
}
