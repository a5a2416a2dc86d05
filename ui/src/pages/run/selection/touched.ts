/** What a run had to do with others: its systems, its inputs, and what used it. */
import { isOurs } from "../../../parts/events";
import { at } from "../data/columns";
import type { Runs } from "../data/runs";
import type { RunScene } from "../useScene";

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
