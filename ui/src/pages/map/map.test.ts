import { describe, expect, test } from "vitest";
import type { MapEdge, MapNode } from "../../api/types";
import { connected, type Graph, narrowed } from "./graph";
import { COLUMN, LEFT, layOut, ROW, WIDTH } from "./layout";
import { ordered } from "./order";
import { pathOf } from "./paths";
import { strokesOf } from "./strokes";

function node(tier: MapNode["tier"], name: string): MapNode {
  return { tier, name, kind: "", runs: 1, failures: 0 };
}

function edge(source: number, target: number, kind: MapEdge["kind"] = "calls"): MapEdge {
  return { source, target, kind, runs: 1, failures: 0 };
}

/** Two flows, each with a task of its own, whose systems stand the other way round. */
const CROSSED: Graph = {
  nodes: [
    node("flow", "etl"),
    node("flow", "report"),
    node("task", "write"),
    node("task", "load"),
    node("system", "s3://lake"),
    node("system", "postgresql://db"),
  ],
  edges: [
    edge(0, 3),
    edge(1, 2),
    edge(3, 5, "touches"),
    edge(2, 4, "touches"),
    edge(3, 2, "feeds"),
  ],
};

describe("the order", () => {
  test("has no edges cross where they need not", () => {
    const tiers = ordered(CROSSED);
    expect([tiers.flow, tiers.task, tiers.system].map((some) => some.length)).toEqual([2, 2, 2]);
    const at = (one: number) =>
      Object.values(tiers)
        .find((some) => some.includes(one))
        ?.indexOf(one);
    expect([at(0), at(3), at(5)]).toEqual([at(0), at(0), at(0)]);
    expect([at(1), at(2), at(4)]).toEqual([at(1), at(1), at(1)]);
  });

  test("puts last what nothing joins", () => {
    const nodes = [node("flow", "alone"), ...CROSSED.nodes];
    const edges = CROSSED.edges.map((one) => edge(one.source + 1, one.target + 1, one.kind));
    expect(ordered({ nodes, edges }).flow.at(-1)).toBe(0);
  });

  test("is the same for the same map", () => {
    expect(ordered(CROSSED)).toEqual(ordered(structuredClone(CROSSED)));
  });
});

describe("what is connected", () => {
  test("are the calls and touches on both sides, and what is fed at once", () => {
    expect([...connected(CROSSED, 5)].sort()).toEqual([0, 3, 5]);
    expect([...connected(CROSSED, 0)].sort()).toEqual([0, 3, 5]);
    expect([...connected(CROSSED, 3)].sort()).toEqual([0, 2, 3, 5]);
  });

  test("ends where calls go in a ring", () => {
    const ring = { nodes: CROSSED.nodes, edges: [edge(0, 1), edge(1, 0)] };
    expect([...connected(ring, 0)].sort()).toEqual([0, 1]);
  });
});

test("a name keeps what contains it, with its neighbours", () => {
  const { nodes, edges } = narrowed(CROSSED, "LAKE");
  expect(nodes.map(({ name }) => name)).toEqual(["write", "s3://lake"]);
  expect(edges).toEqual([edge(0, 1, "touches")]);
});

test("no two nodes of a tier stand in one place", () => {
  const { tiers, top } = layOut(CROSSED);
  for (const some of Object.values(tiers)) {
    const tops = some.map(top);
    for (const [at, one] of tops.slice(1).entries())
      expect(one - (tops[at] ?? 0)).toBeGreaterThanOrEqual(ROW);
  }
});

test("an edge runs from side to side, within a tier beside it", () => {
  const placed = layOut(CROSSED);
  expect(pathOf(placed, edge(0, 3))).toMatch(/^M260 [\d.]+C315 [\d.]+ 315 [\d.]+ 370 [\d.]+$/);
  expect(pathOf(placed, edge(3, 2))).toMatch(/^M630 .* 630 [\d.]+$/);
});

test("an edge from a flow to a system passes between the cards of tasks", () => {
  const placed = layOut(CROSSED);
  const across = /L([\d.]+) ([\d.]+)C/.exec(pathOf(placed, edge(0, 4, "touches")));
  expect(Number(across?.[1])).toBe((LEFT.task + COLUMN) * WIDTH);
  const tops = placed.tiers.task.map(placed.top);
  const y = Number(across?.[2]);
  expect(tops.some((top) => y > top && y < top + ROW)).toBe(false);
});

test("an edge that leads back ends at the near border of both", () => {
  const path = pathOf(layOut(CROSSED), edge(3, 0));
  expect(path).toMatch(/^M370 .* 260 [\d.]+$/);
});

test("an edge whose ends are both below the line is left out", () => {
  const placed = layOut(CROSSED);
  const drawn = (low?: number) =>
    strokesOf(CROSSED, placed, null, low).map(({ d }) => d.split("M").length - 1);
  const count = (low?: number) => drawn(low).reduce((sum, one) => sum + one, 0);
  expect(count()).toBe(CROSSED.edges.length);
  expect(count(0)).toBe(0);
  const above = CROSSED.edges.filter(
    ({ source, target }) => Math.min(placed.top(source), placed.top(target)) < placed.height / 2,
  );
  expect(count(placed.height / 2)).toBe(above.length);
});

test("edges that look alike are one stroke, and what is connected lies over the rest", () => {
  const strokes = strokesOf(CROSSED, layOut(CROSSED), connected(CROSSED, 0));
  expect(strokes.map(({ kind, look }) => `${kind} ${look}`)).toEqual([
    "calls dim",
    "touches dim",
    "feeds dim",
    "calls lit",
    "touches lit",
  ]);
});
