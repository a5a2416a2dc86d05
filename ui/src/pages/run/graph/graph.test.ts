import { describe, expect, test } from "vitest";
import { type Made, madeRuns } from "../made";
import { graphOf } from "./graph";

function told(made: Made[]): string[] {
  const { nodes, edges } = graphOf(madeRuns(made));
  return [
    ...nodes.map(({ label, layer, members }) => `${label} x${members.length} in ${layer}`),
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
