/** The explicit dependencies of a run's tasks and subflows: what they are, and where each stands. */
import { at } from "../data/columns";
import { isFailed, labelOf, type Runs } from "../data/runs";
import { type Edge, type Laid, laidOut, layersOf } from "./layout";

export interface Node {
  /** As the row of the timeline is called: it is selected there as well. */
  key: string;
  label: string;
  /** Runs that it stands for: one, or calls of one task in one run that need the same. */
  members: readonly number[];
  /** The one whose state is shown: one that failed, else the last. */
  shown: number;
}

export interface Graph {
  nodes: readonly Node[];
  edges: readonly Edge[];
  laid: Laid;
  /** Nodes that are not here. */
  left: number;
}

const MOST = 400;
/** From so many calls of one task on that need the same and are needed by the same, they are one. */
const MAPPED = 4;

export function graphOf(runs: Runs): Graph {
  const all = nodesOf(runs);
  const nodes = all.slice(0, MOST);
  const edges = edgesOf(runs, nodes);
  return { nodes, edges, laid: laidOut(nodes.length, edges), left: all.length - nodes.length };
}

function nodesOf(runs: Runs): Node[] {
  const callsOf = gathered([...runs.isFlow.keys()].slice(1), (run) =>
    runs.isFlow[run] ? `run:${run}` : `${runs.parent[run]}/${runs.label[run]}`,
  );
  const besideOf = neighboursOf(runs, callsOf);
  const nodes = callsOf.flatMap((calls) =>
    gathered(calls, (run) => at(besideOf, run)).flatMap((alike) =>
      alike.length < MAPPED
        ? alike.map((run) => nodeOf(runs, [run], false))
        : [nodeOf(runs, alike, alike.length === calls.length)],
    ),
  );
  // Of very many the first are drawn, with what joins them.
  return nodes.sort((one, other) => at(one.members, 0) - at(other.members, 0));
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
 * task is like no other; nor is what comes later in a chain, or two tasks that take turns would each
 * need the other. */
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
  const depth = layersOf(runs.count, needsOf(runs));
  return beside.map((some, run) => [at(depth, run), ...[...some].sort()].join());
}

/** What each run needs to begin: what it depends on, and its caller. */
function needsOf({ edgeFrom, edgeTo, parent }: Runs): Edge[] {
  const edges: Edge[] = [];
  edgeTo.forEach((to, edge) => {
    edges.push({ from: at(edgeFrom, edge), to, kind: "needs" });
  });
  parent.forEach((from, to) => {
    if (from >= 0) edges.push({ from, to, kind: "calls" });
  });
  return edges;
}

function nodeOf(runs: Runs, members: readonly number[], isAll: boolean): Node {
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

function edgesOf(runs: Runs, nodes: readonly Node[]): Edge[] {
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
