/** A run and everything below it, as the pictures want it: columns, and each row's children. */
import type { RunRef, StateType, Timeline } from "../../../api/types";
import { visible } from "../../../browser/visible";
import { hasFailed } from "../../../parts/states";
import { at, Codes, ids, joined, once, summed } from "./columns";

/** A time in which a run was in one state. */
export interface Segment {
  from: number;
  state: number;
}

export interface Runs {
  count: number;
  /** There are more than these. */
  partial: boolean;
  ids: readonly string[];
  rowOf: ReadonlyMap<string, number>;
  /** By the number that events have for a run. */
  rowOfNumber: ReadonlyMap<number, number>;
  isFlow: Uint8Array;
  labels: readonly string[];
  label: Int32Array;
  name: (row: number) => string;
  parent: Int32Array;
  /** Rows of those that each called, in the order in which they were begun. */
  children: readonly (readonly number[])[];
  states: readonly { type: StateType; name: string }[];
  state: Int32Array;
  begun: Float64Array;
  /** NaN for one that was never Running. */
  started: Float64Array;
  /** When it was over or suspended; NaN for one that goes on. */
  ended: Float64Array;
  segments: ReadonlyMap<number, readonly Segment[]>;
  /** Edges: the run at the same place in `edgeTo` depends on that in `edgeFrom`. */
  edgeFrom: Int32Array;
  edgeTo: Int32Array;
}

/** Join the answers that have come so far: those of a large run come one after the other. */
export const readTimeline = once((told: readonly Timeline[]): Runs => {
  const allIds = told.flatMap((part) => columnsOf(part).ids);
  const rowOf = new Map(allIds.map((id, row) => [id, row]));
  const columns = new Columns(allIds.length, rowOf);
  for (const part of told) columns.add(part);
  const { parent, labels, states, names } = columns;
  return {
    count: allIds.length,
    partial: told.at(-1)?.next != null,
    ids: allIds,
    rowOf,
    rowOfNumber: columns.rowOfNumber,
    isFlow: columns.isFlow,
    labels: [...labels.values],
    label: columns.label,
    name: (row) => visible(at(names, row)),
    parent,
    children: childrenOf(parent),
    states: states.values.map(([type, name]) => ({ type, name })),
    state: columns.state,
    begun: joined(told.map((part) => columnsOf(part).begun)),
    started: joined(told.map((part) => columnsOf(part).started)),
    ended: joined(told.map((part) => columnsOf(part).ended)),
    segments: columns.segments,
    edgeFrom: Int32Array.from(columns.edgeFrom),
    edgeTo: Int32Array.from(columns.edgeTo),
  };
});

export function refOf({ ids, isFlow }: Pick<Runs, "ids" | "isFlow">, row: number): RunRef {
  return { id: ids[row] ?? "", kind: isFlow[row] === 1 ? "flow-run" : "task-run" };
}

/** The run whose page it is. */
export function topOf(runs: Pick<Runs, "ids" | "isFlow">): RunRef {
  return refOf(runs, 0);
}

/** What a run is called, by its id, if it is one of these. */
export function nameIn(runs: Runs, id: string): string | undefined {
  const row = runs.rowOf.get(id);
  return row === undefined ? undefined : runs.name(row);
}

/** The answers' columns one below the other, with indexes that hold in all of them. */
class Columns {
  readonly label: Int32Array;
  readonly state: Int32Array;
  readonly parent: Int32Array;
  readonly isFlow: Uint8Array;
  readonly labels = new Codes<string>(String);
  readonly states = new Codes<Timeline["states"][number]>(([type, name]) => `${type} ${name}`);
  readonly names: string[] = [];
  readonly rowOfNumber = new Map<number, number>();
  readonly segments = new Map<number, Segment[]>();
  readonly edgeFrom: number[] = [];
  readonly edgeTo: number[] = [];
  readonly #rowOf: ReadonlyMap<string, number>;

  constructor(count: number, rowOf: ReadonlyMap<string, number>) {
    this.label = new Int32Array(count);
    this.state = new Int32Array(count);
    this.parent = new Int32Array(count);
    this.isFlow = new Uint8Array(count);
    this.#rowOf = rowOf;
  }

  add(told: Timeline): void {
    const first = this.names.length;
    const { name, number, others } = columnsOf(told);
    const labels = told.labels.map((label) => this.labels.of(label));
    const states = told.states.map((state) => this.states.of(state));
    const elsewhere = others.map((id) => this.#rowOf.get(id) ?? -1);
    const place = (row: number) => (row < told.rows ? first + row : at(elsewhere, row - told.rows));
    for (let row = 0; row < told.rows; row++) {
      const above = at(told.parent, row);
      this.label[first + row] = at(labels, at(told.label, row));
      this.state[first + row] = at(states, at(told.state, row));
      this.parent[first + row] = above < 0 ? -1 : place(above);
      this.isFlow[first + row] = Number(told.kinds[at(told.kind, row)] === "flow-run");
      this.names.push(at(told.names, at(name, row)));
      this.rowOfNumber.set(at(number, row), first + row);
    }
    for (const [row, steps] of Object.entries(told.segments)) {
      const step = ([after, state]: (typeof steps)[number]): Segment => ({
        from: told.base + after,
        state: at(states, state),
      });
      this.segments.set(first + Number(row), steps.map(step));
    }
    this.#addEdges(told, place);
  }

  #addEdges(told: Timeline, place: (row: number) => number): void {
    const runs = summed(told.edge_run);
    for (let edge = 0; edge < runs.length; edge++) {
      const run = at(runs, edge);
      const upstream = place(run - at(told.edge_upstream, edge));
      // One that an answer to come has, or none.
      if (upstream < 0) continue;
      this.edgeFrom.push(upstream);
      this.edgeTo.push(place(run));
    }
  }
}

/** What of an answer is the same whatever comes after it. */
const columnsOf = once((told: Timeline) => {
  const { base, waited, lasted } = told;
  const begun = summed(told.begun, base);
  const started = begun.map((from, row) => (at(waited, row) < 0 ? NaN : from + at(waited, row)));
  const ended = begun.map((from, row) => {
    const since = Number.isNaN(at(started, row)) ? from : at(started, row);
    return at(lasted, row) < 0 ? NaN : since + at(lasted, row);
  });
  return {
    ids: ids(told.ids),
    others: ids(told.others),
    name: summed(told.name),
    number: summed(told.number),
    begun,
    started,
    ended,
  };
});

const NONE: readonly number[] = [];

function childrenOf(parent: Int32Array): (readonly number[])[] {
  const children: (readonly number[])[] = new Array(parent.length).fill(NONE);
  parent.forEach((above, row) => {
    if (above < 0) return;
    const known = children[above] as number[];
    if (known === NONE) children[above] = [row];
    else known.push(row);
  });
  return children;
}

export function stateOf(runs: Runs, row: number) {
  return at(runs.states, at(runs.state, row));
}

export function isFailed(runs: Runs, row: number): boolean {
  return hasFailed(stateOf(runs, row).type);
}

export function labelOf(runs: Runs, row: number): string {
  return at(runs.labels, at(runs.label, row));
}

/** When it was last seen to go on: its end, when it was suspended, or now. */
export function endOf(runs: Runs, row: number, now: number): number {
  const end = at(runs.ended, row);
  return Number.isNaN(end) ? Math.max(now, at(runs.begun, row)) : end;
}

export function startOf(runs: Runs, row: number): number {
  const start = at(runs.started, row);
  return Number.isNaN(start) ? at(runs.begun, row) : start;
}
