import { useEffect, useEffectEvent, useRef } from "react";

/** Gather what comes in and hand it on together, at once when it has been quiet, else in a while.
 *
 * What comes in while a promise of `hand` is open waits for it: of two answers the newer comes last. */
export function useGathered<T>(hand: (things: Set<T>) => unknown, everyMs: number) {
  const gathered = useRef(new Set<T>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = useRef(0);
  const shown = useRef(false);
  const flush = useEffectEvent(async () => {
    const things = gathered.current;
    gathered.current = new Set();
    last.current = performance.now();
    try {
      await hand(things);
    } catch (problem) {
      reportError(problem);
    }
    timer.current = undefined;
    if (gathered.current.size > 0) plan();
  });
  const due = useRef(() => flush());
  const plan = () => {
    if (!shown.current) return;
    const wait = Math.max(0, last.current + everyMs - performance.now());
    timer.current ??= setTimeout(() => due.current(), wait);
  };
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
      clearTimeout(timer.current);
    };
  }, []);
  return (things: Iterable<T>) => {
    for (const thing of things) gathered.current.add(thing);
    plan();
  };
}
