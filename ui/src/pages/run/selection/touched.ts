/** What a run had to do with others: its systems, its inputs, and how long runs like it take. */
import { isOurs } from "../../parts/events";
import { at } from "./data/columns";
import { endOf, type Runs, startOf } from "./data/runs";
import type { RunScene } from "./useScene";

export interface Use {
  system: string;
  count: number;
  /** Names of the events. */
  names: string[];
}

/** The systems that a run and those below it touched, most events first. */
export function systemsOf(
  { runs, happenings }: Pick<RunScene, "runs" | "happenings">,
  run: number,
) {
  const uses = new Map<string, { count: number; names: Set<string> }>();
  const todo = [run];
  for (let row = todo.pop(); row !== undefined; row = todo.pop()) {
    for (const child of at(runs.children, row)) todo.push(child);
    for (const event of happenings.byRun.get(row) ?? []) {
      const { system, name } = at(happenings.events, event);
      const use = uses.get(system) ?? { count: 0, names: new Set() };
      uses.set(system, { count: use.count + 1, names: use.names.add(name) });
    }
  }
  return [...uses]
    .map(([system, { count, names }]): Use => ({ system, count, names: [...names] }))
    .filter(({ system }) => !isOurs(system))
    .sort((one, other) => other.count - one.count);
}

/** What it depends on, and what depends on it. */
export function neighbours(runs: Runs, run: number): { before: number[]; after: number[] } {
  const before = new Set<number>();
  const after = new Set<number>();
  for (let edge = 0; edge < runs.edgeTo.length; edge++) {
    if (at(runs.edgeTo, edge) === run) before.add(at(runs.edgeFrom, edge));
    if (at(runs.edgeFrom, edge) === run) after.add(at(runs.edgeTo, edge));
  }
  return { before: [...before], after: [...after] };
}

/** From so many others on there is something usual. */
const OTHERS = 3;

export interface Alike {
  /** Seconds. */
  median: number;
  count: number;
}

/** How long other calls of the same task in this run took; null where there are few. */
export function usualOf({ runs, now }: Pick<RunScene, "runs" | "now">, run: number): Alike | null {
  const took: number[] = [];
  for (let row = 1; row < runs.count; row++) {
    const isLike = row !== run && runs.label[row] === runs.label[run];
    if (isLike && !Number.isNaN(at(runs.ended, row)) && !Number.isNaN(at(runs.started, row))) {
      took.push((endOf(runs, row, now) - startOf(runs, row)) / 1e6);
    }
  }
  if (took.length < OTHERS) return null;
  took.sort((one, other) => one - other);
  return { median: at(took, took.length >> 1), count: took.length };
}
