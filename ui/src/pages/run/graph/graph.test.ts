import { describe, expect, test } from "vitest";
import { type Made, madeRuns } from "../made";
import { graphOf } from "./graph";
import { HIGH, middleOf, strokesOf } from "./lines";

function told(made: Made[]): string[] {
  const { nodes, edges, laid } = graphOf(madeRuns(made));
  return [
    ...nodes.map(
      ({ label, members }, node) => `${label} x${members.length} in ${laid.layer[node]}`,
    ),
    ...edges.map(({ from, to, kind }) => `${nodes[from]?.label} ${kind} ${nodes[to]?.label}`),
  ];
}

const ROOT: Made = { label: "nightly", from: 0, to: 9 };

describe("the graph of a run", () => {
  test("goes from left to right by what needs what, with mapped tasks as one", () => {
    const mapped = Array.from({ length: 5 }, () => ({
      label: "clean",
      from: 1,
      to: 2,
      after: [1],
    }));
    const made = [
      ROOT,
      { label: "extract", from: 0, to: 1 },
      ...mapped,
      { label: "load", from: 2, to: 3, after: [2, 3, 4, 5, 6] },
    ];
    expect(told(made)).toEqual([
      "extract-1 x1 in 0",
      "clean x5 in 1",
      "load-7 x1 in 2",
      "extract-1 needs clean",
      "clean needs load-7",
    ]);
  });

  test("keeps calls of one task apart that need one another", () => {
    const made = [
      ROOT,
      { label: "model", from: 0, to: 1 },
      { label: "model", from: 1, to: 2, after: [1] },
      { label: "model", from: 1, to: 2, after: [1] },
      { label: "model", from: 2, to: 3, after: [2, 3] },
    ];
    expect(told(made)).toEqual([
      "model-1 x1 in 0",
      "model-2 x1 in 1",
      "model-3 x1 in 1",
      "model-4 x1 in 2",
      "model-1 needs model-2",
      "model-1 needs model-3",
      "model-2 needs model-4",
      "model-3 needs model-4",
    ]);
  });

  test("has mapped tasks one after the other, and apart those that need something else", () => {
    const five = [1, 2, 3, 4, 5];
    const made = [
      ROOT,
      ...five.map(() => ({ label: "read", from: 0, to: 1 })),
      ...five.map((read) => ({ label: "clean", from: 1, to: 2, after: [read] })),
      { label: "check", from: 0, to: 1 },
      { label: "clean", from: 1, to: 2, after: [11] },
    ];
    expect(told(made).filter((one) => one.startsWith("clean") || one.includes("needs"))).toEqual([
      "clean x5 in 1",
      "clean-12 x1 in 1",
      "read needs clean",
      "check-11 needs clean-12",
    ]);
    const keys = graphOf(madeRuns(made)).nodes.map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("has what a subflow called after it", () => {
    const made = [
      ROOT,
      { label: "build", flow: true, from: 0, to: 9 },
      { label: "read", parent: 1, from: 0, to: 1 },
      { label: "write", parent: 1, from: 1, to: 2, after: [2] },
    ];
    expect(told(made)).toEqual([
      "build-1 x1 in 0",
      "read-2 x1 in 1",
      "write-3 x1 in 2",
      "read-2 needs write-3",
      "build-1 calls read-2",
    ]);
  });

  test("has tasks that take turns one after the other", () => {
    const made = [
      ROOT,
      ...Array.from({ length: 12 }, (_, turn) => ({
        label: turn % 2 === 0 ? "read" : "write",
        from: turn,
        to: turn + 1,
        after: turn > 0 ? [turn] : [],
      })),
    ];
    const { nodes, edges, laid } = graphOf(madeRuns(made));
    expect(nodes.length).toBe(12);
    for (const { from, to } of edges) expect(laid.layer[to]).toBe((laid.layer[from] ?? 0) + 1);
  });

  test("of very many says how many are not in it", () => {
    const made = Array.from({ length: 500 }, (_, index) => ({
      label: `task${index}`,
      from: 0,
      to: 1,
    }));
    const graph = graphOf(madeRuns([ROOT, ...made]));
    expect([graph.nodes.length, graph.left]).toEqual([400, 100]);
  });
});

describe("what is drawn of it", () => {
  const graph = graphOf(
    madeRuns([
      ROOT,
      { label: "extract", from: 0, to: 1 },
      { label: "clean", from: 1, to: 2, after: [1] },
      { label: "load", from: 2, to: 3, after: [2, 1] },
      { label: "publish", from: 3, to: 4, after: [3, 1] },
      { label: "report", from: 1, to: 2, after: [1] },
    ]),
  );
  const [extract, load, publish, report] = [0, 2, 3, 4];

  test("leads each edge from its one end to its other", () => {
    const { edges, laid } = graph;
    const before = new Map(laid.steps.map((step) => [step.to, step.from]));
    const led = laid.steps
      .filter(({ to }) => to < laid.nodes)
      .map(({ from, to, origin }) => {
        let stop: number | undefined = from;
        while (stop !== undefined && stop >= laid.nodes) stop = before.get(stop);
        expect(stop).toBe(origin);
        return `${stop} ${to}`;
      });
    expect(led.sort()).toEqual(edges.map(({ from, to }) => `${from} ${to}`).sort());
    expect(led).toContain(`${extract} ${load}`);
    expect(led).toContain(`${extract} ${publish}`);
  });

  test("goes from layer to layer, and through each between what stands there", () => {
    const { laid } = graph;
    for (const { from, to } of laid.steps) {
      expect(laid.layer[to]).toBe((laid.layer[from] ?? 0) + 1);
    }
    const passes = laid.layer.slice(laid.nodes);
    expect(passes.sort()).toEqual([1, 2]);
    for (let pass = laid.nodes; pass < laid.layer.length; pass++) {
      for (let node = 0; node < laid.nodes; node++) {
        if (laid.layer[node] !== laid.layer[pass]) continue;
        const far = Math.abs(middleOf(laid, node) - middleOf(laid, pass));
        expect(far).toBeGreaterThan(HIGH / 2 + 4);
      }
    }
  });

  test("lights all of the edges of what is selected, and no others", () => {
    const lit = (node: number) =>
      strokesOf(graph.laid, node)
        .filter(({ chosen }) => chosen)
        .flatMap(({ d }) => d.split("M").slice(1)).length;
    // In four pieces: to clean, load and report at once, and on from load to publish.
    expect(lit(publish)).toBe(1 + 3);
    expect(lit(load)).toBe(1 + 2 + 1);
    expect(lit(report)).toBe(1);
    expect(lit(-1)).toBe(0);
  });
});
