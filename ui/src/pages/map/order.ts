/** Order the three tiers of the map so that few edges cross: by barycentres, sweep after sweep. */
import type { Map as Answer, MapNode } from "../../api/types";

/** Indices into the nodes, from the top down. */
export type Tiers = Record<MapNode["tier"], number[]>;

const TIERS: readonly MapNode["tier"][] = ["flow", "task", "system"];

/** More hardly help; each is a pass over all edges. */
const SWEEPS = 8;

type Graph = Pick<Answer, "nodes" | "edges">;

/** Return the nodes of each tier in their order; those that nothing joins come last. */
export function ordered({ nodes, edges }: Graph): Tiers {
  const tiers = byTier(nodes);
  const joined = neighbours({ nodes, edges });
  // Columns, not maps: this is done thousands of times before anything is seen.
  const places = new Float64Array(nodes.length);
  const weights = new Float64Array(nodes.length);
  for (const tier of TIERS) place(tiers[tier], places);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const there = sweep % 2 === 0 ? TIERS : [...TIERS].reverse();
    for (const tier of there.slice(1)) {
      for (const node of tiers[tier]) weights[node] = barycentre(joined[node] ?? [], places);
      // What is equal stays in its order: the sort is stable.
      tiers[tier].sort((one, other) => at(weights, one) - at(weights, other));
      place(tiers[tier], places);
    }
  }
  return tiers;
}

function byTier(nodes: readonly MapNode[]): Tiers {
  const tiers: Tiers = { flow: [], task: [], system: [] };
  nodes.forEach(({ tier }, index) => {
    tiers[tier].push(index);
  });
  return tiers;
}

/** Those in other tiers that a node is joined with: within a tier nothing is to be kept short. */
function neighbours({ nodes, edges }: Graph): number[][] {
  const joined: number[][] = nodes.map(() => []);
  for (const { source, target } of edges) {
    if (nodes[source]?.tier === nodes[target]?.tier) continue;
    joined[source]?.push(target);
    joined[target]?.push(source);
  }
  return joined;
}

/** Note how far down each node is in its tier, from 0 to 1: tiers are of different lengths. */
function place(tier: readonly number[], places: Float64Array): void {
  tier.forEach((node, row) => {
    places[node] = (row + 0.5) / tier.length;
  });
}

/** Beyond all places. */
const LAST = 2;

function barycentre(joined: readonly number[], places: Float64Array): number {
  if (joined.length === 0) return LAST;
  let sum = 0;
  for (const node of joined) sum += at(places, node);
  return sum / joined.length;
}

function at(column: Float64Array, node: number): number {
  return column[node] as number;
}
