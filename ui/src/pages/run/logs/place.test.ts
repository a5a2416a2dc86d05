import { describe, expect, test } from "vitest";
import { madeEvents, madeId, madeLines, madeRuns, seconds } from "../made";
import { merged } from "./merged";
import { currentPlace, firstError, type Sighted, stepped } from "./place";

const RUNS = madeRuns([
  { label: "nightly", from: 0, to: 9 },
  { label: "extract", from: 0, to: 5 },
  { label: "load", from: 5, to: 9 },
]);
const EVENTS = madeEvents(RUNS, [
  { at: 6, name: "s3.read.completed", system: "s3://lake", run: 1 },
  { at: 6, name: "postgresql.execute.failed", system: "postgresql://db", run: 2 },
]);
const LINES = madeLines([
  { at: 0, message: "begins", run: 0 },
  { at: 6, message: "reads", run: 1 },
  { at: 6, message: "broken", run: 2, level: 40 },
  { at: 7, message: "ends", run: 2 },
]);
/** `begins`, two events, `reads`, `broken`, `ends`. */
const ITEMS = merged(LINES, EVENTS, RUNS, {});

function place(about: Partial<Sighted>, sel?: string, items = ITEMS): number {
  const scene = { event: -1, moment: null, runs: RUNS, happenings: EVENTS, ...about };
  return currentPlace(items, LINES, scene, sel);
}

describe("the place of a log that the address is about", () => {
  test("is the event, though another happened at the same time", () => {
    expect(place({ event: 0 })).toBe(1);
    expect(place({ event: 1 })).toBe(2);
  });

  test("is none where the event is not among what is shown", () => {
    const errors = merged(LINES, EVENTS, RUNS, { text: "broken" });
    expect(place({ event: 1 }, undefined, errors)).toBe(-1);
  });

  test("is the line of the run at that moment, else what is next, else the last", () => {
    expect(place({ moment: seconds(6) }, madeId(2))).toBe(4);
    expect(place({ moment: seconds(6.5) }, madeId(2))).toBe(5);
    expect(place({ moment: seconds(60) })).toBe(5);
  });

  test("is the last error of the run, else its first line, else none", () => {
    expect(place({}, madeId(2))).toBe(4);
    expect(place({}, madeId(1))).toBe(3);
    expect(place({}, "lane:s3://lake")).toBe(-1);
    expect(place({}, madeId(2), new Int32Array())).toBe(-1);
  });
});

test("the first error is where the log of a failed run is opened", () => {
  expect(firstError(ITEMS, LINES)).toBe(4);
  expect(firstError(ITEMS.subarray(0, 3), LINES)).toBe(-1);
});

test("steps go from one to the next, and round at the ends", () => {
  expect(stepped(1, 1, 3)).toBe(2);
  expect(stepped(2, 1, 3)).toBe(0);
  expect(stepped(0, -1, 3)).toBe(2);
  expect(stepped(-1, 1, 3)).toBe(0);
  expect(stepped(-1, -1, 3)).toBe(2);
  expect(stepped(-1, 1, 0)).toBe(-1);
});
