import { useSyncExternalStore } from "react";

const SECOND = 1_000;

const watchers = new Set<() => void>();
let now = new Date();
let ticking: ReturnType<typeof setInterval> | undefined;

/** The time, a second at a time: one clock for all that shows it. */
export function useNow(): Date {
  return useSyncExternalStore(watch, () => now);
}

function watch(onTick: () => void): () => void {
  if (watchers.size === 0) {
    now = new Date();
    ticking = setInterval(tick, SECOND);
  }
  watchers.add(onTick);
  return () => {
    watchers.delete(onTick);
    if (watchers.size === 0) clearInterval(ticking);
  };
}

function tick(): void {
  now = new Date();
  for (const onTick of watchers) onTick();
}
