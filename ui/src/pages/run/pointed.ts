/** The moment that someone points at, in the log or on the axis: the other one shows where it is there. */
import { useSyncExternalStore } from "react";

export interface Pointed {
  time: number;
  by: "log" | "axis";
}

let pointed: Pointed | null = null;
const readers = new Set<() => void>();

/** Point at a moment, or at none. Not part of the page's state: nothing else is made anew for it. */
export function point(next: Pointed | null): void {
  if (next?.time === pointed?.time && next?.by === pointed?.by) return;
  pointed = next;
  for (const read of readers) read();
}

export function usePointed(): Pointed | null {
  return useSyncExternalStore(subscribe, () => pointed);
}

function subscribe(read: () => void): () => void {
  readers.add(read);
  return () => {
    readers.delete(read);
    // Who points is gone with the last who looks.
    if (readers.size === 0) pointed = null;
  };
}
