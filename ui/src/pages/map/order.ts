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
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const there = sweep % 2 === 0 ? TIERS : [...TIERS].reverse();
    for (const tier of there.slice(1)) {
      const places = placesOf(tiers);
      tiers[tier] = sortedBy(tiers[tier], (node) => barycentre(joined[node] ?? [], places));
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

/** How far down each node is in its tier, from 0 to 1: tiers are of different lengths. */
function placesOf(tiers: Tiers): Map<number, number> {
  const places = new Map<number, number>();
  for (const tier of TIERS) {
    const nodes = tiers[tier];
    nodes.forEach((node, at) => {
      places.set(node, (at + 0.5) / nodes.length);
    });
  }
  return places;
}

function barycentre(joined: readonly number[], places: ReadonlyMap<number, number>): number {
  if (joined.length === 0) return Number.POSITIVE_INFINITY;
  return joined.reduce((sum, node) => sum + (places.get(node) ?? 0), 0) / joined.length;
}

/** What is equal stays in its order: the sort is stable. */
function sortedBy(nodes: readonly number[], weigh: (node: number) => number): number[] {
  const weighed = nodes.map((node): [number, number] => [node, weigh(node)]);
  // Not a difference: infinity less infinity is no number.
  weighed.sort(([, one], [, other]) => (one < other ? -1 : one > other ? 1 : 0));
  return weighed.map(([node]) => node);
}
