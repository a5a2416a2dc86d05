/** Hold a run against another one of the same flow: its tasks, and what it touched. */
import { at } from "../data/columns";
import type { Happenings } from "../data/happenings";
import { endOf, isFailed, labelOf, type Runs, startOf } from "../data/runs";

/** The calls of one task in one run. */
export interface Calls {
  count: number;
  failed: number;
  /** Seconds of all of them. */
  took: number;
}

export interface Compared<T> {
  name: string;
  /** Null: not in that run. */
  here: T | null;
  there: T | null;
}

/** Tasks and subflows by name, those that differ most first. */
export function comparedTasks(here: Runs, there: Runs, now: number): Compared<Calls>[] {
  const rows = joined(callsOf(here, now), callsOf(there, now));
  return rows.sort((one, other) => weight(other) - weight(one));
}

function callsOf(runs: Runs, now: number): Map<string, Calls> {
  const calls = new Map<string, Calls>();
  for (let run = 1; run < runs.count; run++) {
    const label = labelOf(runs, run);
    const known = calls.get(label) ?? { count: 0, failed: 0, took: 0 };
    const took = (endOf(runs, run, now) - startOf(runs, run)) / 1e6;
    calls.set(label, {
      count: known.count + 1,
      failed: known.failed + Number(isFailed(runs, run)),
      took: known.took + took,
    });
  }
  return calls;
}

/** What failed comes first, then what is in one of them only, then by how much longer it took. */
function weight({ here, there }: Compared<Calls>): number {
  if ((here?.failed ?? 0) > (there?.failed ?? 0)) return Number.POSITIVE_INFINITY;
  if (here === null || there === null) return Number.MAX_VALUE;
  return Math.abs(here.took - there.took);
}

export interface Touches {
  events: number;
  names: readonly string[];
}

/** Systems by their ids, with what happened to them. */
export function comparedSystems(here: Happenings, there: Happenings): Compared<Touches>[] {
  return joined(touchesOf(here), touchesOf(there));
}

function touchesOf({ lanes, events }: Happenings): Map<string, Touches> {
  return new Map(
    lanes.map(({ system, events: indexes }) => {
      const names = Array.from(indexes, (index) => at(events, index).name);
      return [system, { events: indexes.length, names: [...new Set(names)].sort() }];
    }),
  );
}

/** Names of events that only one of the two has. */
export function newNames({ here, there }: Compared<Touches>): string[] {
  const before = new Set(there?.names);
  return (here?.names ?? []).filter((name) => !before.has(name));
}

function joined<T>(here: Map<string, T>, there: Map<string, T>): Compared<T>[] {
  const names = new Set([...here.keys(), ...there.keys()]);
  return [...names].map((name) => ({
    name,
    here: here.get(name) ?? null,
    there: there.get(name) ?? null,
  }));
}
