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
