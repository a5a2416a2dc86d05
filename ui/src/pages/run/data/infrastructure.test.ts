import { describe, expect, test } from "vitest";
import { laneOf, livesOf, nameOfLane, nameOfLife, podOf } from "./infrastructure";

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

describe("the containers of a pod", () => {
  const started = (container: string, restart: number, more = {}) => ({
    event: "peninsula.kubernetes.pod.started",
    payload: { container, restart, ...more },
  });
  const killed = { container: "flow", restart: 0, started: "x", exit_code: 137 };
  const lives = livesOf("nightly-x", [
    { event: "peninsula.kubernetes.pod.scheduled", payload: {} },
    started("setup", 0, { init: true }),
    started("flow", 0),
    {
      event: "peninsula.kubernetes.pod.oom-killed",
      payload: { ...killed, reason: "OOMKilled" },
    },
    started("flow", 1),
  ]);

  test("are told each life apart, in their order", () => {
    expect(lives.map(({ key }) => key)).toEqual([
      "nightly-x/setup/0",
      "nightly-x/flow/0",
      "nightly-x/flow/1",
    ]);
  });

  test("say which came before, and how each ended", () => {
    expect(lives.map(({ init }) => init)).toEqual([true, false, false]);
    expect(lives.map(({ previous }) => previous)).toEqual([false, true, false]);
    expect(lives.map(({ end }) => end)).toEqual(["runs", "OOMKilled, exit code 137", "runs"]);
  });

  test("have names that people know", () => {
    expect(nameOfLife("nightly-x/flow/0")).toBe("flow of nightly-x");
    expect(nameOfLife("nightly-x/flow/1")).toBe("flow of nightly-x, restart 1");
    expect(podOf("kubernetes://prod/data/pod/nightly-x")).toBe("nightly-x");
    expect(podOf("kubernetes://prod/data/job/nightly")).toBeNull();
  });
});
