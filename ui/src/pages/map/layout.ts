/** Where the nodes of the map stand. In pixels; the width is in shares. */
import type { MapNode } from "../../api/types";
import type { Graph } from "./graph";
import { ordered, type Tiers } from "./order";

export const ROW = 28;
export const HEAD = 26;

/** The tiers are columns of this share of the width, with room for edges between. */
export const COLUMN = 0.26;

export const LEFT: Record<MapNode["tier"], number> = { flow: 0, task: 0.37, system: 0.74 };

/** Edges are drawn in a box of this width, which is stretched. */
export const WIDTH = 1_000;

export interface Placed {
  tiers: Tiers;
  /** Share of the width. */
  left: (node: number) => number;
  top: (node: number) => number;
  /** How many nodes of a tier begin above such a line. */
  above: (tier: MapNode["tier"], line: number) => number;
  /** Where edges pass between the cards of tasks, from the top down; none where there are none. */
  gaps: readonly number[];
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
    gaps: tiers.task.length > 0 ? gapsIn(tiers.task, top) : [],
    height: HEAD + longest * ROW,
  };
}

/** Between the cards of a tier, before the first and after the last: where an edge can pass. */
function gapsIn(tier: readonly number[], top: (node: number) => number): number[] {
  const tops = tier.map(top);
  return [...tops, Number.NaN].map((below, at) => {
    const above = (tops[at - 1] ?? Number.NaN) + ROW;
    if (Number.isNaN(above)) return below;
    return Number.isNaN(below) ? above : (above + below) / 2;
  });
}
