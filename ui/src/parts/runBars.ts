/** Runs by time and state, as a histogram shows them. */
import type { History, StateType } from "../api/types";
import type { Bar } from "./Histogram";
import { faceOf, STATE_TYPES } from "./states";

export function runBars({ buckets }: History): Bar[] {
  return buckets.map(({ start, types }) => ({ start: new Date(start), layers: layersOf(types) }));
}

/** Failures at the bottom, where their heights can be compared. */
function layersOf(types: Partial<Record<StateType, number>>): Bar["layers"] {
  const tones = new Map<string, number>();
  for (const type of STATE_TYPES) {
    const { tone } = faceOf({ type });
    tones.set(tone, (tones.get(tone) ?? 0) + (types[type] ?? 0));
  }
  return [...tones].filter(([, count]) => count > 0).map(([tone, count]) => ({ tone, count }));
}

/** Runs of all the time by state, what needs a person first. */
export function runTotals({ buckets }: History): [type: StateType, count: number][] {
  return STATE_TYPES.map((type): [StateType, number] => [
    type,
    buckets.reduce((sum, { types }) => sum + (types[type] ?? 0), 0),
  ]).filter(([, count]) => count > 0);
}
