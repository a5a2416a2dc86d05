/** Stack runs by state into bars over time. */
import type { History, StateType } from "../../api/types";
import { faceOf, STATE_TYPES, type Tone } from "../../parts/states";

export interface Piece {
  tone: Tone;
  /** Runs below it in its bar. */
  from: number;
  to: number;
}

export interface Bar {
  /** Which span of the time it is, from 0. */
  at: number;
  start: Date;
  total: number;
  types: Partial<Record<StateType, number>>;
  /** What needs a person stands at the bottom, where bars are compared. */
  pieces: Piece[];
}

export interface Bars {
  bars: Bar[];
  /** Spans in all, also without a run. */
  spans: number;
  highest: number;
}

export function barsOf({ since, until, step, buckets }: History): Bars {
  const begin = Date.parse(since);
  const bars = buckets.map(({ start, types }) => {
    const at = Math.round((Date.parse(start) - begin) / 1000 / step);
    const pieces = stacked(types);
    return { at, start: new Date(start), types, pieces, total: pieces.at(-1)?.to ?? 0 };
  });
  return {
    bars,
    spans: Math.max(1, Math.round((Date.parse(until) - begin) / 1000 / step)),
    highest: Math.max(1, ...bars.map(({ total }) => total)),
  };
}

function stacked(types: Partial<Record<StateType, number>>): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const type of STATE_TYPES) {
    const count = types[type] ?? 0;
    if (count === 0) continue;
    pieces.push({ tone: faceOf({ type }).tone, from, to: from + count });
    from += count;
  }
  return pieces;
}

/** Runs of all bars by state, in the order in which lists show them. */
export function totals(buckets: History["buckets"]): [type: StateType, count: number][] {
  return STATE_TYPES.map((type): [StateType, number] => [
    type,
    buckets.reduce((sum, { types }) => sum + (types[type] ?? 0), 0),
  ]).filter(([, count]) => count > 0);
}
