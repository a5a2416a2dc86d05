import { describe, expect, test } from "vitest";
import { laneOf, nameOfLane } from "./infrastructure";

describe("infrastructure has a lane of its own, by its name", () => {
  test.each([
    ["kubernetes://prod-eu/data/pod/orders-7xk2p", "pod orders-7xk2p"],
    ["kubernetes://prod-eu/data/job/orders", "job orders"],
    ["kubernetes://prod-eu/node/worker-3", "node worker-3"],
    ["peninsula.process.0192f3c4", "process"],
  ])("%s", (id, name) => {
    expect(laneOf(id, "kubernetes://prod-eu")).toBe(id);
    expect(nameOfLane(id)).toBe(name);
  });
});

test("all else is in the lane of its system", () => {
  expect(laneOf("s3://lake/raw/pod/a.csv", "s3://lake")).toBe("s3://lake");
  expect(nameOfLane("s3://lake")).toBe("s3://lake");
});
