import { useEffect, useEffectEvent, useRef } from "react";

/** Gather what comes in and hand it on together, at once when it has been quiet, else in a while. */
export function useGathered<T>(hand: (things: Set<T>) => void, everyMs: number) {
  const gathered = useRef(new Set<T>());
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const last = useRef(0);
  const flush = useEffectEvent(() => {
    const things = gathered.current;
    gathered.current = new Set();
    timer.current = undefined;
    last.current = performance.now();
    hand(things);
  });
  const due = useRef(() => flush());
  useEffect(() => () => clearTimeout(timer.current), []);
  return (things: Iterable<T>) => {
    for (const thing of things) gathered.current.add(thing);
    const wait = Math.max(0, last.current + everyMs - performance.now());
    timer.current ??= setTimeout(() => due.current(), wait);
  };
}
