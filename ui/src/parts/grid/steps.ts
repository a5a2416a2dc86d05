/** Where a key leads in a grid. */

export interface Place {
  row: number;
  column: number;
}

interface Size {
  rows: number;
  columns: number;
}

const STEPS: Record<string, [down: number, right: number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  Home: [0, Number.NEGATIVE_INFINITY],
  End: [0, Number.POSITIVE_INFINITY],
  PageUp: [Number.NEGATIVE_INFINITY, 0],
  PageDown: [Number.POSITIVE_INFINITY, 0],
};

/** The place that a key leads to, at most the edge; null for a key that leads nowhere. */
export function moved(key: string, from: Place, size: Size): Place | null {
  const step = STEPS[key];
  if (step === undefined) return null;
  return {
    row: within(from.row + step[0], size.rows),
    column: within(from.column + step[1], size.columns),
  };
}

function within(at: number, count: number): number {
  return Math.min(Math.max(at, 0), count - 1);
}
