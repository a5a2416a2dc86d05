/** Where the nodes of a graph stand, and where its edges pass: in layers from left to right, each edge
 * through a place of its own in every layer between its ends (K. Sugiyama's drawing of hierarchies). */
import { at } from "../data/columns";

export interface Edge {
  from: number;
  to: number;
  /** `calls`: a subflow and what it begins with; `needs`: a result or a wait. */
  kind: "calls" | "needs";
}

/** A piece of edges, from a layer to the next. Nodes are the first stops, places to pass come after them. */
export interface Step {
  from: number;
  to: number;
  kind: Edge["kind"];
  /** The node that the edges come from: those of one node that lead far go together as far as they can. */
  origin: number;
}

export interface Laid {
  /** Stops before this one are nodes. */
  nodes: number;
  /** Of each stop. */
  layer: readonly number[];
  /** How far down its middle is, in pixels. */
  middle: readonly number[];
  steps: readonly Step[];
  layers: number;
  height: number;
}

/** What a stop takes of its layer, in pixels. */
const NODE = 36;
const PASS = 12;

export function laidOut(nodes: number, edges: readonly Edge[]): Laid {
  const layer = layersOf(nodes, edges);
  const steps = stepsOf(edges, layer);
  const columns = orderedIn(layer, steps);
  const middle = new Array<number>(layer.length).fill(0);
  const heights = columns.map((stops) =>
    stops.reduce((above, stop) => {
      const high = stop < nodes ? NODE : PASS;
      middle[stop] = above + high / 2;
      return above + high;
    }, 0),
  );
  return { nodes, layer, middle, steps, layers: columns.length, height: Math.max(0, ...heights) };
}

/** Each node one layer after the last that it needs. */
export function layersOf(count: number, edges: readonly Edge[]): number[] {
  const layer = new Array<number>(count).fill(0);
  const open = new Array<number>(count).fill(0);
  for (const { to } of edges) open[to] = at(open, to) + 1;
  const todo = [...open.keys()].filter((node) => open[node] === 0);
  const after = besideEach(count, edges, "from", "to");
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    for (const to of at(after, node)) {
      layer[to] = Math.max(at(layer, to), at(layer, node) + 1);
      open[to] = at(open, to) - 1;
      if (open[to] === 0) todo.push(to);
    }
  }
  return layer;
}

/** The edges in pieces; the places that they pass are added to the layers. All that pass any are `needs`:
 * what is only called stands in the layer after its caller. */
function stepsOf(edges: readonly Edge[], layer: number[]): Step[] {
  const steps: Step[] = [];
  const passesOf = new Map<number, number[]>();
  for (const { from, to, kind } of edges) {
    const passes = passesOf.get(from) ?? [];
    passesOf.set(from, passes);
    const between = at(layer, to) - at(layer, from) - 1;
    while (passes.length < between) {
      const last = passes.at(-1) ?? from;
      const pass = layer.push(at(layer, last) + 1) - 1;
      steps.push({ from: last, to: pass, kind, origin: from });
      passes.push(pass);
    }
    steps.push({ from: passes[between - 1] ?? from, to, kind, origin: from });
  }
  return steps;
}

const ROUNDS = 4;

/** The stops of each layer, in the order of the middle of what they are joined with. */
function orderedIn(layer: readonly number[], steps: readonly Step[]): number[][] {
  const place = new Array<number>(layer.length).fill(0);
  const layers: number[][] = [];
  layer.forEach((number, stop) => {
    layers[number] ??= [];
    place[stop] = layers[number].push(stop) - 1;
  });
  const before = besideEach(layer.length, steps, "to", "from");
  const after = besideEach(layer.length, steps, "from", "to");
  const middle = new Array<number>(layer.length).fill(0);
  for (let round = 0; round < ROUNDS; round++) {
    const forth = round % 2 === 0;
    const beside = forth ? before : after;
    for (const stops of forth ? layers : layers.toReversed()) {
      for (const stop of stops) middle[stop] = middleOf(at(beside, stop), place, at(place, stop));
      stops.sort((one, other) => at(middle, one) - at(middle, other));
      stops.forEach((stop, index) => {
        place[stop] = index;
      });
    }
  }
  return layers;
}

function middleOf(stops: readonly number[], place: readonly number[], alone: number): number {
  if (stops.length === 0) return alone;
  return stops.reduce((sum, stop) => sum + at(place, stop), 0) / stops.length;
}

/** Of each stop those that edges join it with on one side. */
function besideEach(
  count: number,
  edges: readonly Pick<Edge, "from" | "to">[],
  end: "from" | "to",
  other: "from" | "to",
): number[][] {
  const beside: number[][] = Array.from({ length: count }, () => []);
  for (const edge of edges) at(beside, edge[end]).push(edge[other]);
  return beside;
}
