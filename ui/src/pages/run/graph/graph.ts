/** The explicit dependencies of a run's tasks and subflows: what they are, and where each stands. */
import { at } from "../data/columns";
import { isFailed, labelOf, type Runs } from "../data/runs";

export interface Node {
  /** As the row of the timeline is called: it is selected there as well. */
  key: string;
  label: string;
  /** Runs that it stands for: one, or calls of one task in one run that need the same. */
  members: readonly number[];
  /** The one whose state is shown: one that failed, else the last. */
  shown: number;
  layer: number;
  /** Place in its layer, from the top. */
  place: number;
}

export interface Edge {
  from: number;
  to: number;
  /** `calls`: a subflow and what it begins with; `needs`: a result or a wait. */
  kind: "calls" | "needs";
}

export interface Graph {
  nodes: readonly Node[];
  edges: readonly Edge[];
  layers: number;
  /** Nodes of the longest layer. */
  longest: number;
  /** Nodes that are not here. */
  left: number;
}

type Bare = Omit<Node, "layer" | "place">;

const MOST = 400;
/** From so many calls of one task on that need the same and are needed by the same, they are one. */
const MAPPED = 4;

export function graphOf(runs: Runs): Graph {
  const all = nodesOf(runs);
  const bare = all.slice(0, MOST);
  const edges = edgesOf(runs, bare);
  const layer = layersOf(bare.length, edges);
  const place = placesOf(bare.length, edges, layer);
  const nodes = bare.map((node, index) => ({
    ...node,
    layer: at(layer, index),
    place: at(place, index),
  }));
  return {
    nodes,
    edges,
    layers: 1 + Math.max(0, ...layer),
    longest: 1 + Math.max(0, ...place),
    left: all.length - bare.length,
  };
}

function nodesOf(runs: Runs): Bare[] {
  const callsOf = gathered([...runs.isFlow.keys()].slice(1), (run) =>
    runs.isFlow[run] ? `run:${run}` : `${runs.parent[run]}/${runs.label[run]}`,
  );
  const besideOf = neighboursOf(runs, callsOf);
  return callsOf.flatMap((calls) =>
    gathered(calls, (run) => at(besideOf, run)).flatMap((alike) =>
      alike.length < MAPPED
        ? alike.map((run) => nodeOf(runs, [run], false))
        : [nodeOf(runs, alike, alike.length === calls.length)],
    ),
  );
}

/** Put together what has the same key, in the order in which keys come up. */
function gathered(some: readonly number[], keyOf: (run: number) => string): number[][] {
  const by = new Map<string, number[]>();
  for (const run of some) {
    const alike = by.get(keyOf(run));
    if (alike) alike.push(run);
    else by.set(keyOf(run), [run]);
  }
  return [...by.values()];
}

/** Of each run a text that is the same for those that need the same and are needed by the same: by
 * task, as the first of a mapped task needs the first of another. What is joined with a call of its own
 * task is like no other. */
function neighboursOf(runs: Runs, callsOf: readonly (readonly number[])[]): string[] {
  const taskOf = new Int32Array(runs.count).fill(-1);
  callsOf.forEach((calls, task) => {
    for (const run of calls) taskOf[run] = task;
  });
  const beside = Array.from({ length: runs.count }, () => new Set<string>());
  for (let edge = 0; edge < runs.edgeTo.length; edge++) {
    const [from, to] = [at(runs.edgeFrom, edge), at(runs.edgeTo, edge)];
    const isOwn = at(taskOf, from) === at(taskOf, to);
    at(beside, from).add(isOwn ? `run ${from}` : `to ${at(taskOf, to)}`);
    at(beside, to).add(isOwn ? `run ${to}` : `from ${at(taskOf, from)}`);
  }
  return beside.map((some) => [...some].sort().join());
}

function nodeOf(runs: Runs, members: readonly number[], isAll: boolean): Bare {
  const first = at(members, 0);
  const shown = members.find((run) => isFailed(runs, run)) ?? at(members, members.length - 1);
  if (members.length === 1) {
    return { key: at(runs.ids, first), label: runs.name(first), members, shown };
  }
  const label = labelOf(runs, first);
  const parent = runs.ids[runs.parent[first] ?? -1];
  // The timeline has one row for all calls of a task: a part of them is known by the run it shows.
  const key = isAll ? `group:${parent}/${label}` : at(runs.ids, shown);
  return { key, label, members, shown };
}

function edgesOf(runs: Runs, nodes: readonly Bare[]): Edge[] {
  const nodeOfRun = new Map(
    nodes.flatMap(({ members }, node) => members.map((run) => [run, node] as const)),
  );
  const edges = new Map<string, Edge>();
  const needy = new Set<number>();
  for (let edge = 0; edge < runs.edgeTo.length; edge++) {
    const from = nodeOfRun.get(at(runs.edgeFrom, edge));
    const to = nodeOfRun.get(at(runs.edgeTo, edge));
    if (from === undefined || to === undefined || from === to) continue;
    needy.add(to);
    edges.set(`${from} ${to}`, { from, to, kind: "needs" });
  }
  nodes.forEach(({ members }, to) => {
    const from = nodeOfRun.get(runs.parent[at(members, 0)] ?? -1);
    // What needs something of its siblings stands after them, and not beside its caller.
    if (from !== undefined && !needy.has(to)) {
      edges.set(`${from} ${to}`, { from, to, kind: "calls" });
    }
  });
  return [...edges.values()];
}

/** Each node one layer after the last that it needs. */
function layersOf(count: number, edges: readonly Edge[]): number[] {
  const layer = new Array<number>(count).fill(0);
  const open = new Array<number>(count).fill(0);
  for (const { to } of edges) open[to] = at(open, to) + 1;
  const todo = [...open.keys()].filter((node) => open[node] === 0);
  const after = byEnd(edges, "from");
  for (let node = todo.pop(); node !== undefined; node = todo.pop()) {
    for (const { to } of after.get(node) ?? []) {
      layer[to] = Math.max(at(layer, to), at(layer, node) + 1);
      open[to] = at(open, to) - 1;
      if (open[to] === 0) todo.push(to);
    }
  }
  return layer;
}

const ROUNDS = 4;

/** In each layer, nodes in the order of the middle of what they are joined with. */
function placesOf(count: number, edges: readonly Edge[], layer: readonly number[]): number[] {
  const place = new Array<number>(count).fill(0);
  const layers: number[][] = [];
  layer.forEach((number, node) => {
    layers[number] ??= [];
    place[node] = layers[number].push(node) - 1;
  });
  const before = byEnd(edges, "to");
  const after = byEnd(edges, "from");
  for (let round = 0; round < ROUNDS; round++) {
    const forth = round % 2 === 0;
    for (const nodes of forth ? layers : layers.toReversed()) {
      const middles = new Map(
        nodes.map((node) => {
          const beside = forth
            ? (before.get(node) ?? []).map(({ from }) => from)
            : (after.get(node) ?? []).map(({ to }) => to);
          const sum = beside.reduce((total, one) => total + at(place, one), 0);
          return [node, beside.length > 0 ? sum / beside.length : at(place, node)];
        }),
      );
      nodes.sort((one, other) => (middles.get(one) ?? 0) - (middles.get(other) ?? 0));
      nodes.forEach((node, index) => {
        place[node] = index;
      });
    }
  }
  return place;
}

function byEnd(edges: readonly Edge[], end: "from" | "to"): Map<number, Edge[]> {
  const by = new Map<number, Edge[]>();
  for (const edge of edges) {
    const some = by.get(edge[end]);
    if (some) some.push(edge);
    else by.set(edge[end], [edge]);
  }
  return by;
}
