import { useEffect, useRef, useState } from "react";
import { parseRange, writeRange } from "../../../browser/range";
import { micros } from "../../../parts/times";
import { dateOf } from "../data/columns";
import type { Change } from "../search";
import type { RunScene } from "../useScene";
import { type Span, within } from "./axis";

/** How long zooming must rest until the address says it: browsers limit how often it is written. */
const REST_MS = 150;

/** The range of time in sight: at once for the picture, in the address once it rests. */
export function useView(
  { fit, whole }: Pick<RunScene, "fit" | "whole">,
  said: string | undefined,
  change: Change,
): [Span, (view: Span | null) => void] {
  const [moving, setMoving] = useState<Span | null>(null);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what the address says now holds
  useEffect(() => setMoving(null), [said]);
  useEffect(() => () => clearTimeout(resting.current), []);
  const range = parseRange(said);
  const written = range && { from: micros(range.from), to: micros(range.to) };
  const look = (view: Span | null) => {
    clearTimeout(resting.current);
    if (view === null) {
      setMoving(null);
      change({ t: undefined });
      return;
    }
    const next = within(view, whole);
    setMoving(next);
    resting.current = setTimeout(() => change({ t: writtenOf(next) }), REST_MS);
  };
  return [moving ?? written ?? fit, look];
}

export function writtenOf({ from, to }: Span): string {
  return writeRange(dateOf(Math.floor(from)), dateOf(Math.ceil(to + 1000)));
}
