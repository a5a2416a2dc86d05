import { expect, test } from "vitest";
import type { Grid } from "../../api/types";
import { rowsOf, scaleOf } from "./cells";

const grid: Grid = {
  ids: ["a", "b"],
  names: ["monday", "tuesday"],
  states: ["FAILED", "RUNNING", "COMPLETED"],
  state: [2, 0],
  state_names: ["Completed", "TimedOut"],
  expected: [0, 1],
  started: [0, 1],
  lasted: [90_000_000, -1],
  tasks: [
    {
      label: "load",
      kind: "task-run",
      state: [2, 0],
      runs: [1, 6],
      lasted: [1_500_000, 2_000_000],
      retried: [0, 1],
    },
    {
      label: "check",
      kind: "flow-run",
      state: [2, -1],
      runs: [1, 0],
      lasted: [1_000, -1],
      retried: [0, 0],
    },
  ],
  systems: [{ id: "s3://lake", kind: "s3", events: [1, 0], failed: [false, false] }],
  partial: false,
};

test("systems stand above the run, and the run above its tasks", () => {
  expect(rowsOf(grid).map(({ label }) => label)).toEqual(["s3://lake", "The run", "load", "check"]);
});

test("each cell says what it is, in words", () => {
  expect(rowsOf(grid).map(({ cells }) => cells.map(({ said }) => said))).toEqual([
    ["s3://lake: 1 event in monday", "s3://lake: not touched in tuesday"],
    ["monday: Completed, 1m 30s", "tuesday: TimedOut"],
    ["load in monday: Completed, 1.5s", "load in tuesday: Failed, the worst of 6 runs, 2.0s"],
    ["check in monday: Completed, 1ms", "check did not run in tuesday"],
  ]);
});

test("what went well has no icon, what failed has one", () => {
  const load = rowsOf(grid)[2]?.cells;
  expect(load?.map(({ tone, icon }) => [tone, icon])).toEqual([
    ["ok", null],
    ["bad", "cross"],
  ]);
});

test("what failed before it passed is told apart from what passed at once", () => {
  const [load] = grid.tasks.map((task) => ({ ...task, retried: [1, 1] }));
  const cells = rowsOf({ ...grid, tasks: load ? [load] : [] })[2]?.cells;
  expect(cells?.map(({ tone }) => tone)).toEqual(["warn", "bad"]);
  expect(cells?.[0]?.said).toBe("load in monday: Completed, failed, then passed, 1.5s");
});

test("a system because of which a run failed is told apart from one that was only touched", () => {
  const systems = [{ id: "s3://lake", kind: "s3", events: [1, 2], failed: [false, true] }];
  const [, tuesday] = rowsOf({ ...grid, systems })[0]?.cells ?? [];
  expect(tuesday).toMatchObject({
    tone: "bad",
    said: "s3://lake: 2 events in tuesday, which failed because of it",
  });
});

test("a task's cell leads to the run, narrowed to that task", () => {
  expect(rowsOf(grid)[2]?.cells[0]?.to).toBe("/runs/a?q=load");
});

test("one run that hung does not flatten the bars of all others", () => {
  expect(scaleOf({ lasted: [10, 12, -1, 11, 900] })).toEqual({ top: 36, cuts: true });
  expect(scaleOf({ lasted: [10, 12, 11] })).toEqual({ top: 12, cuts: false });
  expect(scaleOf({ lasted: [-1] })).toEqual({ top: 1, cuts: false });
});
