/** Decide which rows the timeline has: systems on top, then the tree, in which mapped tasks are one. */
import type { Happenings, Lane } from "../data/happenings";
import { isFailed, labelOf, type Runs } from "../data/runs";

interface Placed {
  /** Names the row in the address. */
  key: string;
  level: number;
  /** Null: there is nothing below it. */
  open: boolean | null;
}

export interface LaneRow extends Placed {
  kind: "lane";
  lane: Lane;
}

export interface RunRow extends Placed {
  kind: "run";
  run: number;
}

/** Task runs of one task, called by one run. */
export interface GroupRow extends Placed {
  kind: "group";
  label: string;
  parent: number;
  members: readonly number[];
}

export type Row = LaneRow | RunRow | GroupRow;

export interface Wanted {
  /** Keys of rows that are open where they would be closed, or the other way round. */
  turned: ReadonlySet<string>;
  /** Part of the name of a run or system. */
  text?: string;
  /** The run that must be seen, whatever is closed. */
  shown?: string;
}

/** From so many calls of one task on, they share a row. */
const MAPPED = 4;
/** Failed runs of a closed group that have a row of their own. */
const FAILED_SHOWN = 20;

export function rowsOf(runs: Runs, { lanes }: Pick<Happenings, "lanes">, wanted: Wanted): Row[] {
  const text = wanted.text?.toLowerCase();
  const rows: Row[] = lanes
    .filter(({ system }) => text === undefined || system.toLowerCase().includes(text))
    .map((lane) => ({ kind: "lane", key: `lane:${lane.system}`, level: 1, open: null, lane }));
  const found = text === undefined ? null : matches(runs, text);
  new Tree(runs, wanted, found, rows).add(0, 1);
  return rows;
}

/** Rows of the runs that have the text in a name, and of all above them. */
function matches(runs: Runs, text: string): Uint8Array {
  const found = new Uint8Array(runs.count);
  for (let row = runs.count - 1; row >= 0; row--) {
    const named = labelOf(runs, row).toLowerCase().includes(text);
    if (named || runs.name(row).toLowerCase().includes(text)) found[row] = 1;
    const parent = runs.parent[row] ?? -1;
    if (found[row] && parent >= 0) found[parent] = 1;
  }
  return found;
}

class Tree {
  readonly #runs: Runs;
  readonly #wanted: Wanted;
  readonly #found: Uint8Array | null;
  readonly #rows: Row[];
  readonly #shown: ReadonlySet<number>;

  constructor(runs: Runs, wanted: Wanted, found: Uint8Array | null, rows: Row[]) {
    this.#runs = runs;
    this.#wanted = wanted;
    this.#found = found;
    this.#rows = rows;
    this.#shown = new Set(lineage(runs, runs.rowOf.get(wanted.shown ?? "") ?? -1));
  }

  add(run: number, level: number): void {
    const children = this.#children(run);
    const key = this.#runs.ids[run] ?? "";
    const open = children.length === 0 ? null : this.#isOpen(key, true, children);
    this.#rows.push({ kind: "run", key, level, open, run });
    if (open) this.#addBelow(run, children, level + 1);
  }

  #addBelow(parent: number, children: readonly number[], level: number): void {
    for (const members of grouped(this.#runs, children)) {
      if (members.length < MAPPED) for (const run of members) this.add(run, level);
      else this.#addGroup(parent, members, level);
    }
  }

  #addGroup(parent: number, members: readonly number[], level: number): void {
    const label = labelOf(this.#runs, members[0] ?? 0);
    const key = `group:${this.#runs.ids[parent]}/${label}`;
    const open = this.#turned(key, this.#found !== null && members.length <= FAILED_SHOWN);
    this.#rows.push({ kind: "group", key, level, open, label, parent, members });
    const below = open ? members : this.#needed(members);
    for (const run of below) this.add(run, level + 1);
  }

  /** What a closed group still shows: what failed, and what is selected. */
  #needed(members: readonly number[]): number[] {
    const failed = members.filter((run) => isFailed(this.#runs, run)).slice(0, FAILED_SHOWN);
    const chosen = members.filter((run) => this.#shown.has(run) && !failed.includes(run));
    return [...failed, ...chosen].sort((one, other) => one - other);
  }

  #children(run: number): readonly number[] {
    const children = this.#runs.children[run] ?? [];
    return this.#found === null ? children : children.filter((row) => this.#found?.[row]);
  }

  #isOpen(key: string, usually: boolean, children: readonly number[]): boolean {
    return this.#turned(key, usually) || children.some((run) => this.#shown.has(run));
  }

  #turned(key: string, usually: boolean): boolean {
    return this.#wanted.turned.has(key) ? !usually : usually;
  }
}

/** A run and all above it. */
export function lineage(runs: Runs, run: number): number[] {
  const line: number[] = [];
  for (let row = run; row >= 0; row = runs.parent[row] ?? -1) line.push(row);
  return line;
}

/** Task runs by their task, where the first of them stands; each flow run by itself. */
function grouped(runs: Runs, children: readonly number[]): number[][] {
  const groups = new Map<number, number[]>();
  for (const run of children) {
    // Of flow runs none is like another: the key is one that no label has.
    const key = runs.isFlow[run] ? -1 - run : (runs.label[run] ?? 0);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()];
}
