/** Runs by time and state, as a histogram shows them. */
import type { History, StateType } from "../api/types";
import { type Bins, binCount } from "./bins";
import type { Layer } from "./Histogram";
import { faceOf, STATE_TYPES, wordOf } from "./states";

export function runBins({ since, until, step }: History): Bins {
  return { since: new Date(since), until: new Date(until), step };
}

/** A layer for each state that runs are in; failures at the bottom, where heights can be compared. */
export function runLayers(history: History): Layer[] {
  return runTotals(history).map(([type]) => ({
    key: type,
    label: wordOf(type).toLowerCase(),
    tone: faceOf({ type }).tone,
    counts: countsOf(history, type),
  }));
}

function countsOf(history: History, type: StateType): number[] {
  const bins = runBins(history);
  const counts = new Array<number>(binCount(bins)).fill(0);
  for (const { start, types } of history.buckets) {
    const bin = Math.floor((Date.parse(start) - bins.since.getTime()) / 1000 / bins.step);
    counts[bin] = (counts[bin] ?? 0) + (types[type] ?? 0);
  }
  return counts;
}

/** Runs of all the time by state, what needs a person first. */
export function runTotals({ buckets }: History): [type: StateType, count: number][] {
  return STATE_TYPES.map((type): [StateType, number] => [
    type,
    buckets.reduce((sum, { types }) => sum + (types[type] ?? 0), 0),
  ]).filter(([, count]) => count > 0);
}
