/** What of the map is shown, and what is joined with what. */
import type { Map as Answer, MapEdge, MapNode } from "../../api/types";

export type Graph = Pick<Answer, "nodes" | "edges">;

/** How a node stands in an address: `system:s3://lake`. */
export function keyOf({ tier, name }: MapNode): string {
  return `${tier}:${name}`;
}

/** Those whose names contain the text, and what they are joined with at once. */
export function narrowed(graph: Graph, text: string | undefined): Graph {
  if (text === undefined) return graph;
  const wanted = text.toLowerCase();
  const hit = graph.nodes.map(({ name }) => name.toLowerCase().includes(wanted));
  const kept = new Set(hit.flatMap((is, node) => (is ? [node] : [])));
  for (const { source, target } of graph.edges) {
    if (hit[source]) kept.add(target);
    if (hit[target]) kept.add(source);
  }
  return only(graph, kept);
}

function only({ nodes, edges }: Graph, kept: ReadonlySet<number>): Graph {
  const numbers = [...kept].sort((one, other) => one - other);
  const moved = new Map(numbers.map((node, at) => [node, at]));
  return {
    nodes: numbers.map((node) => nodes[node] as MapNode),
    edges: edges.flatMap((edge) => {
      const source = moved.get(edge.source);
      const target = moved.get(edge.target);
      return source === undefined || target === undefined ? [] : [{ ...edge, source, target }];
    }),
  };
}

/** What a node depends on and what depends on it, through calls and touches; it is among them. */
export function connected({ edges }: Graph, node: number): ReadonlySet<number> {
  const found = new Set([node]);
  follow(node, edgesBy(edges, "source"), ({ target }) => target, found);
  follow(node, edgesBy(edges, "target"), ({ source }) => source, found);
  // Results go from task to task without end: only those next to it say something.
  for (const { source, target, kind } of edges) {
    if (kind === "feeds" && source === node) found.add(target);
    if (kind === "feeds" && target === node) found.add(source);
  }
  return found;
}

function edgesBy(edges: readonly MapEdge[], end: "source" | "target"): Map<number, MapEdge[]> {
  const by = new Map<number, MapEdge[]>();
  for (const edge of edges) {
    if (edge.kind === "feeds") continue;
    const some = by.get(edge[end]);
    if (some === undefined) by.set(edge[end], [edge]);
    else some.push(edge);
  }
  return by;
}

function follow(
  from: number,
  by: ReadonlyMap<number, MapEdge[]>,
  next: (edge: MapEdge) => number,
  found: Set<number>,
): void {
  const waiting = [from];
  const seen = new Set(waiting);
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const edge of by.get(node) ?? []) {
      const reached = next(edge);
      if (seen.has(reached)) continue;
      seen.add(reached);
      found.add(reached);
      waiting.push(reached);
    }
  }
}
