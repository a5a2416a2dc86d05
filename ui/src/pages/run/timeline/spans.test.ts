import { describe, expect, test } from "vitest";
import type { Runs } from "../data/runs";
import { madeEvents, madeRuns, seconds } from "../made";
import { criticalPath, fitOf, gapsOf, wholeOf } from "./spans";

const NOW = seconds(1000);

describe("the critical path", () => {
  test("is what ended last, and what ended last before that began, at each level", () => {
    const runs = madeRuns([
      { label: "nightly", from: 0, to: 100 },
      { label: "short", from: 0, to: 10 },
      { label: "long", from: 0, to: 30 },
      { label: "build", flow: true, from: 30, to: 100 },
      { label: "aside", parent: 3, from: 30, to: 40 },
      { label: "transform", parent: 3, from: 30, to: 95 },
    ]);
    expect([...criticalPath(runs, NOW)].sort()).toEqual([0, 2, 3, 5]);
  });
});

describe("idle times", () => {
  const made = [
    { label: "nightly", from: 0, to: 100 },
    { label: "first", from: 0, to: 10 },
    { label: "second", from: 70, to: 100 },
  ];

  test("are those in which no task ran and nothing happened", () => {
    const runs = madeRuns(made);
    const events = madeEvents(runs, [{ at: 40, name: "s3.read", system: "s3://lake" }]);
    expect(gapsOf(runs, events, fitOf(runs, NOW), NOW)).toEqual([
      { from: seconds(10), to: seconds(40) },
      { from: seconds(40), to: seconds(70) },
    ]);
  });

  test("are those, too, in which the only task waits for its next attempt", () => {
    const made = madeRuns([
      { label: "nightly", from: 0, to: 100 },
      { label: "retried", from: 0, to: 100 },
    ]);
    const runs: Runs = {
      ...made,
      states: [
        { type: "RUNNING", name: "Running" },
        { type: "SCHEDULED", name: "AwaitingRetry" },
      ],
      segments: new Map([
        [1, [0, 10, 70].map((at, step) => ({ from: seconds(at), state: step % 2 }))],
      ]),
    };
    expect(gapsOf(runs, madeEvents(runs, []), fitOf(runs, NOW), NOW)).toEqual([
      { from: seconds(10), to: seconds(70) },
    ]);
  });

  test("are none where a run does all by itself", () => {
    const runs = madeRuns([{ label: "nightly", from: 0, to: 100 }]);
    const none = madeEvents(runs, []);
    expect(gapsOf(runs, none, fitOf(runs, NOW), NOW)).toEqual([]);
  });
});

describe("the time that is shown", () => {
  test("is that of the run with a margin, and what was before it is further out", () => {
    const runs = madeRuns([{ label: "nightly", from: 100, to: 200 }]);
    const fit = fitOf(runs, NOW);
    expect(fit).toEqual({ from: seconds(98), to: seconds(202) });
    const events = madeEvents(runs, [{ at: 0, name: "expired", system: "postgresql://db" }]);
    expect(wholeOf(fit, events).from).toBeLessThan(seconds(0));
  });

  test("does not move with each moment of a run that goes on", () => {
    const runs = madeRuns([{ label: "nightly", from: 0, to: null, state: "RUNNING" }]);
    expect(fitOf(runs, seconds(61))).toEqual(fitOf(runs, seconds(62)));
    expect(fitOf(runs, seconds(61)).to).toBeGreaterThan(seconds(62));
  });
});
