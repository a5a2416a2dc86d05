/** How the edges of a graph are drawn: between the nodes, behind none. */
import { at } from "../data/columns";
import type { Edge, Laid, Step } from "./layout";

export const WIDTH = 190;
const ACROSS = 250;
export const HIGH = 28;
const MARGIN = 8;

/** What looks alike is one stroke: thousands of elements would take a thousand times. */
export interface Stroke {
  kind: Edge["kind"];
  chosen: boolean;
  d: string;
}

/** The edges of the chosen node come last, over the rest. */
export function strokesOf(laid: Laid, chosen: number): Stroke[] {
  const lit = ofNode(laid.steps, chosen);
  return [false, true].flatMap((isChosen) =>
    (["calls", "needs"] as const).flatMap((kind) => {
      const alike = laid.steps.filter((step) => step.kind === kind && lit.has(step) === isChosen);
      const d = alike.map((step) => pathOf(laid, step)).join("");
      return d === "" ? [] : [{ kind, chosen: isChosen, d }];
    }),
  );
}

/** The pieces of all edges that begin or end there. */
function ofNode(steps: readonly Step[], node: number): ReadonlySet<Step> {
  const found = new Set(steps.filter(({ origin }) => origin === node));
  // A place to pass has one piece that leads to it.
  const before = new Map(steps.map((step) => [step.to, step]));
  for (const step of steps) {
    if (step.to !== node) continue;
    let piece: Step | undefined = step;
    while (piece !== undefined && !found.has(piece)) {
      found.add(piece);
      piece = piece.from === piece.origin ? undefined : before.get(piece.from);
    }
  }
  return found;
}

export function sizeOf({ layers, height }: Laid): { width: number; height: number } {
  return { width: (layers - 1) * ACROSS + WIDTH + 2 * MARGIN, height: height + 2 * MARGIN };
}

export function leftOf({ layer }: Laid, stop: number): number {
  return MARGIN + at(layer, stop) * ACROSS;
}

/** How far down its edges come and go. */
export function middleOf({ middle }: Laid, stop: number): number {
  return MARGIN + at(middle, stop);
}

function pathOf(laid: Laid, { from, to }: Step): string {
  const [x1, x2] = [leftOf(laid, from) + WIDTH, leftOf(laid, to)];
  const [y1, y2] = [middleOf(laid, from), middleOf(laid, to)];
  const middle = (x1 + x2) / 2;
  const passed = to < laid.nodes ? "" : `H${x2 + WIDTH}`;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}${passed}`;
}
