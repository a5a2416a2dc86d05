import { expect, test } from "vitest";
import { madeEvents, madeRuns } from "../made";
import { comparedSystems, comparedTasks, newNames } from "./compared";

const HERE = madeRuns([
  { label: "nightly", from: 0, to: 90 },
  { label: "extract", from: 0, to: 10 },
  { label: "clean", from: 10, to: 70 },
  { label: "load", from: 70, to: 90, state: "FAILED" },
]);
const THERE = madeRuns([
  { label: "nightly", from: 0, to: 40 },
  { label: "extract", from: 0, to: 10 },
  { label: "clean", from: 10, to: 30 },
  { label: "load", from: 30, to: 39 },
  { label: "notify", from: 39, to: 40 },
]);

test("tasks that fail, are missing or take longer come first", () => {
  const rows = comparedTasks(HERE, THERE, 0);
  expect(rows.map(({ name }) => name)).toEqual(["load", "notify", "clean", "extract"]);
  expect(rows[1]?.here).toBeNull();
  expect(rows[2]?.here?.took).toBe(60);
});

test("systems say what happened to them here and not there", () => {
  const here = madeEvents(HERE, [
    { at: 1, name: "s3.read", system: "s3://lake" },
    { at: 2, name: "s3.read.failed", system: "s3://lake" },
  ]);
  const there = madeEvents(THERE, [{ at: 1, name: "s3.read", system: "s3://lake" }]);
  const [lake] = comparedSystems(here, there);
  expect(lake && newNames(lake)).toEqual(["s3.read.failed"]);
});
