/** The lines of a log and the events between them, by time. */
import { at, firstWhere } from "../data/columns";
import type { Happening, Happenings } from "../data/happenings";
import type { Lines } from "../data/lines";
import type { Runs } from "../data/runs";
import { LEVELS, type Level } from "../search";
import { lineage } from "../timeline/rows";
import { plain } from "./pieces";
import { soughtIn } from "./sought";

export interface Chosen {
  level?: Level;
  /** In the message or the event's name, whatever the case. */
  text?: string;
  /** Of this run and what is below it alone. */
  within?: number;
  /** Printed by this life of a container, and no events. */
  from?: string;
}

const STEP = 10;

export function levelOf(level: Level): number {
  return (LEVELS.indexOf(level) + 1) * STEP;
}

/** One that tells of something wrong stands among errors. */
function levelOfEvent({ bad }: Happenings, event: number): number {
  return levelOf(at(bad, event) === 1 ? "error" : "info");
}

/** Indexes of lines, and of events as `~index`, in the order of time; an event before a line.
 * What has nothing to do with the run, as far as anyone knows, is left out. */
export function merged(lines: Lines, happenings: Happenings, runs: Runs, chosen: Chosen) {
  const wanted = filterOf(runs, chosen);
  const items = new Int32Array(lines.count + happenings.events.length);
  let count = 0;
  let event = 0;
  const passEvents = (until: number) => {
    for (; event < happenings.events.length; event++) {
      if (at(happenings.occurred, event) > until) return;
      const happening = at(happenings.events, event);
      if (chosen.from !== undefined || levelOfEvent(happenings, event) < wanted.level) continue;
      if (wanted.run(happening.run) && wanted.event(happening)) items[count++] = ~event;
    }
  };
  for (let line = 0; line < lines.count; line++) {
    passEvents(at(lines.times, line));
    if (at(lines.level, line) < wanted.level || !wanted.text(at(lines.messages, line))) continue;
    if (chosen.from !== undefined && lines.printedBy.get(line) !== chosen.from) continue;
    if (wanted.line(lines.runOf(line))) items[count++] = line;
  }
  passEvents(Number.POSITIVE_INFINITY);
  return items.subarray(0, count);
}

function filterOf(runs: Runs, { level, text: part, within }: Chosen) {
  const sought = soughtIn(part);
  const run = (row: number) =>
    within === undefined || (row >= 0 && lineage(runs, row).includes(within));
  const line = once((id: string) => run(runs.rowOf.get(id) ?? -1));
  // A phrase may go on where the colour changes.
  const text = (said: string) => sought === null || plain(said).search(sought) >= 0;
  // Of very many events only few names and resources differ.
  const word = once(text);
  return {
    level: level === undefined ? 0 : levelOf(level),
    text,
    event: ({ name, resource, stranger }: Happening) => !stranger && (word(name) || word(resource)),
    run,
    line,
  };
}

/** Find out about each text once. */
function once(find: (text: string) => boolean): (text: string) => boolean {
  const known = new Map<string, boolean>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    const found = find(text);
    known.set(text, found);
    return found;
  };
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

/** How many of the items are lines. */
export function linesAmong(items: Int32Array): number {
  return items.reduce((count, item) => count + Number(item >= 0), 0);
}
