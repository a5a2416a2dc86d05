/** Where the nodes of the map stand, and how its edges run. In pixels; the width is in shares. */
import type { MapEdge, MapNode } from "../../api/types";
import type { Graph } from "./graph";
import { ordered, type Tiers } from "./order";

export const ROW = 28;
export const HEAD = 26;

/** The tiers are columns of this share of the width, with room for edges between. */
export const COLUMN = 0.26;

const LEFT: Record<MapNode["tier"], number> = { flow: 0, task: 0.37, system: 0.74 };

/** Edges are drawn in a box of this width, which is stretched. */
export const WIDTH = 1_000;

export interface Placed {
  tiers: Tiers;
  /** Share of the width. */
  left: (node: number) => number;
  top: (node: number) => number;
  /** How many nodes of a tier begin above such a line. */
  above: (tier: MapNode["tier"], line: number) => number;
  height: number;
}

export function layOut(graph: Graph): Placed {
  const tiers = ordered(graph);
  const rows = new Map<number, number>();
  const longest = Math.max(1, ...Object.values(tiers).map(({ length }) => length));
  for (const nodes of Object.values(tiers)) {
    // A short tier stands in the middle of the long ones, or its edges would all run steeply.
    const gap = nodes.length > 0 ? longest / nodes.length : 1;
    nodes.forEach((node, at) => {
      rows.set(node, Math.min((at + 0.5) * gap - 0.5, longest - 1));
    });
  }
  const top = (node: number) => HEAD + (rows.get(node) ?? 0) * ROW;
  return {
    tiers,
    left: (node) => LEFT[graph.nodes[node]?.tier ?? "flow"],
    top,
    above: (tier, line) => tiers[tier].filter((node) => top(node) < line).length,
    height: HEAD + longest * ROW,
  };
}

/** An edge as SVG draws it: between tiers from side to side, within one a bow beside it. */
export function pathOf(
  placed: Placed,
  { source, target }: Pick<MapEdge, "source" | "target">,
): string {
  const from = placed.left(source);
  const to = placed.left(target);
  const y1 = round(placed.top(source) + ROW / 2);
  const y2 = round(placed.top(target) + ROW / 2);
  const x1 = round((from + COLUMN) * WIDTH);
  if (from === to) {
    const bow = round(x1 + 24 + Math.min(56, Math.abs(y2 - y1) / 6));
    return `M${x1} ${y1}C${bow} ${y1} ${bow} ${y2} ${x1} ${y2}`;
  }
  const x2 = round(to * WIDTH);
  const middle = round((x1 + x2) / 2);
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
