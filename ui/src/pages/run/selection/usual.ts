/** How long runs take, and what one is held against. Times are seconds. */
import type { Schemas } from "../../../api/types";
import { whole } from "../../../parts/numbers";
import { duration } from "../../../parts/times";
import { at } from "../data/columns";
import { endOf, type Runs, startOf } from "../data/runs";
import type { RunScene } from "../useScene";

/** From so many others on there is something usual. */
const OTHERS = 3;

export interface Alike {
  median: number;
  count: number;
}

/** How long other calls of the same task in this run took; null where there are few. */
export function usualOf({ runs, now }: Pick<RunScene, "runs" | "now">, run: number): Alike | null {
  const others: number[] = [];
  for (let row = 1; row < runs.count; row++) {
    const isLike = row !== run && runs.label[row] === runs.label[run];
    if (isLike && !Number.isNaN(at(runs.ended, row)) && !Number.isNaN(at(runs.started, row))) {
      others.push(row);
    }
  }
  if (others.length < OTHERS) return null;
  return { median: spreadOf(runs, others, now).median, count: others.length };
}

export interface Spread {
  shortest: number;
  median: number;
  longest: number;
}

/** How long some runs took, as far as they have come. */
export function spreadOf(runs: Runs, members: readonly number[], now: number): Spread {
  const took = Float64Array.from(members, (run) => tookOf(runs, run, now)).sort();
  return {
    shortest: took[0] ?? 0,
    median: took[took.length >> 1] ?? 0,
    longest: took.at(-1) ?? 0,
  };
}

export function tookOf(runs: Runs, run: number, now: number): number {
  return (endOf(runs, run, now) - startOf(runs, run)) / 1e6;
}

type Usual = Schemas["Usual"];

/** `2.1× its usual 3.2s`; what never ran before is held against its like in this run. */
export function against(
  took: number,
  { p50, runs }: Usual,
  here: Alike | null,
): { says: string; title?: string } | null {
  if (p50 !== null) {
    const title = `Median of ${whole(runs)} earlier ones: ${duration(p50)}`;
    return { says: times(took, p50, `its usual ${duration(p50)}`), title };
  }
  if (here === null) return null;
  const { median, count } = here;
  return {
    says: times(took, median, `the median of ${count} others here, ${duration(median)}`),
  };
}

/** Seconds below which one is as good as another. */
const LEAST = 0.001;

function times(took: number, usual: number, word: string): string {
  const ratio = Math.max(took, LEAST) / Math.max(usual, LEAST);
  return ratio > 0.95 && ratio < 1.05 ? `as ${word}` : `${ratio.toFixed(1)}× ${word}`;
}
