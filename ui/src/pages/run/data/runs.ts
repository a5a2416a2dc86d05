/** A run and everything below it, as the pictures want it: columns, and each row's children. */
import type { StateType, Timeline } from "../../../api/types";
import { at, ids, summed } from "./columns";

/** A time in which a run was in one state. */
export interface Segment {
  from: number;
  state: number;
}

export interface Runs {
  count: number;
  partial: boolean;
  ids: readonly string[];
  rowOf: ReadonlyMap<string, number>;
  isFlow: Uint8Array;
  labels: readonly string[];
  label: readonly number[];
  name: (row: number) => string;
  parent: readonly number[];
  /** Rows of those that each called, in the order in which they were begun. */
  children: readonly (readonly number[])[];
  states: readonly { type: StateType; name: string }[];
  state: readonly number[];
  begun: Float64Array;
  /** NaN for one that was never Running. */
  started: Float64Array;
  /** NaN for one that is not over. */
  ended: Float64Array;
  segments: ReadonlyMap<number, readonly Segment[]>;
  /** Edges: the run at the same place in `edgeTo` depends on that in `edgeFrom`. */
  edgeFrom: Int32Array;
  edgeTo: Int32Array;
}

export function readTimeline(timeline: Timeline): Runs {
  const allIds = ids(timeline.ids);
  const name = summed(timeline.name);
  return {
    count: timeline.rows,
    partial: timeline.partial,
    ids: allIds,
    rowOf: new Map(allIds.map((id, row) => [id, row])),
    isFlow: Uint8Array.from(timeline.kind, (kind) => Number(timeline.kinds[kind] === "flow-run")),
    labels: timeline.labels,
    label: timeline.label,
    name: (row) => at(timeline.names, at(name, row)),
    parent: timeline.parent,
    children: childrenOf(timeline.parent),
    states: timeline.states.map(([type, word]) => ({ type, name: word })),
    state: timeline.state,
    ...timesOf(timeline),
    segments: segmentsOf(timeline),
    ...edgesOf(timeline),
  };
}

function childrenOf(parent: readonly number[]): number[][] {
  const children: number[][] = parent.map(() => []);
  parent.forEach((above, row) => {
    children[above]?.push(row);
  });
  return children;
}

function timesOf({ base, begun: told, waited, lasted }: Timeline) {
  const begun = summed(told, base);
  const started = begun.map((from, row) => (at(waited, row) < 0 ? NaN : from + at(waited, row)));
  const ended = begun.map((from, row) => {
    const since = Number.isNaN(at(started, row)) ? from : at(started, row);
    return at(lasted, row) < 0 ? NaN : since + at(lasted, row);
  });
  return { begun, started, ended };
}

function segmentsOf({ base, segments }: Timeline): Map<number, Segment[]> {
  return new Map(
    Object.entries(segments).map(([row, states]) => [
      Number(row),
      states.map(([after, state]) => ({ from: base + after, state })),
    ]),
  );
}

function edgesOf(timeline: Timeline) {
  const edgeTo = Int32Array.from(summed(timeline.edge_run));
  const edgeFrom = edgeTo.map((run, edge) => run - at(timeline.edge_upstream, edge));
  return { edgeFrom, edgeTo };
}

const BAD: ReadonlySet<StateType> = new Set(["FAILED", "CRASHED"]);

export function stateOf(runs: Runs, row: number) {
  return at(runs.states, at(runs.state, row));
}

export function isFailed(runs: Runs, row: number): boolean {
  return BAD.has(stateOf(runs, row).type);
}

export function labelOf(runs: Runs, row: number): string {
  return at(runs.labels, at(runs.label, row));
}

/** When it was last seen to go on: its end, or now. */
export function endOf(runs: Runs, row: number, now: number): number {
  const end = at(runs.ended, row);
  return Number.isNaN(end) ? Math.max(now, at(runs.begun, row)) : end;
}

export function startOf(runs: Runs, row: number): number {
  const start = at(runs.started, row);
  return Number.isNaN(start) ? at(runs.begun, row) : start;
}
