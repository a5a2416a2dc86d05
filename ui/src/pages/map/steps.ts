/** Where the arrows lead on the map. */
import type { Graph } from "./graph";
import type { Placed } from "./layout";

export type Key = "ArrowUp" | "ArrowDown" | "ArrowLeft" | "ArrowRight";

/** The node that a key leads to: next in its tier, or the nearest that an edge joins on that side. */
export function reached(key: Key, from: number, graph: Graph, placed: Placed): number {
  if (key === "ArrowUp") return beside(from, -1, placed);
  if (key === "ArrowDown") return beside(from, 1, placed);
  return along(key === "ArrowRight" ? 1 : -1, from, graph, placed);
}

function beside(from: number, step: number, { tiers }: Placed): number {
  const tier = Object.values(tiers).find((nodes) => nodes.includes(from)) ?? [];
  return tier[tier.indexOf(from) + step] ?? from;
}

function along(side: number, from: number, { edges }: Graph, { left, top }: Placed): number {
  const joined = edges.flatMap(({ source, target }) => {
    if (source === from) return [target];
    return target === from ? [source] : [];
  });
  const there = joined.filter((node) => (left(node) - left(from)) * side > 0);
  const far = (node: number) =>
    Math.abs(left(node) - left(from)) * 1e6 + Math.abs(top(node) - top(from));
  return there.sort((one, other) => far(one) - far(other))[0] ?? from;
}
