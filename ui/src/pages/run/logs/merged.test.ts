import { describe, expect, test } from "vitest";
import type { LogEntry } from "../../../api/types";
import { BASE, madeEvents, madeId, madeRuns, seconds } from "../made";
import { type Chosen, linesOf, merged, placeAt } from "./merged";

function line(after: number, message: string, run = 1, level = 20): LogEntry {
  const time = new Date(BASE / 1000 + after * 1000).toISOString();
  return { time, level, logger: "peninsula", message, run: madeId(run) };
}

const RUNS = madeRuns([
  { label: "nightly", from: 0, to: 9 },
  { label: "extract", from: 0, to: 5 },
  { label: "load", from: 5, to: 9 },
]);
const EVENTS = madeEvents(RUNS, [
  { at: 1, name: "s3.read.completed", system: "s3://lake", run: 1 },
  { at: 8, name: "postgresql.execute.failed", system: "postgresql://db", run: 2 },
]);
const LINES = linesOf([line(0, "begins", 0), line(1, "Reading (a+b)"), line(6, "broken", 2, 40)]);

function told(chosen: Chosen): number[] {
  return [...merged(LINES, EVENTS, RUNS, chosen)];
}

describe("a log", () => {
  test("has the events between its lines, each before the line of the same moment", () => {
    expect(told({})).toEqual([0, ~0, 1, 2, ~1]);
  });

  test("is narrowed by level, by text as it is written, and to a run", () => {
    expect(told({ level: "error" })).toEqual([~0, 2, ~1]);
    expect(told({ text: "READING (A+B)" })).toEqual([1]);
    expect(told({ within: 2 })).toEqual([2, ~1]);
  });

  test("is found by time", () => {
    const items = merged(LINES, EVENTS, RUNS, {});
    expect(placeAt(items, seconds(6), LINES, EVENTS)).toBe(3);
    expect(placeAt(items, seconds(7), LINES, EVENTS)).toBe(4);
  });

  test("that grows keeps the times that were read", () => {
    const grown = linesOf([...LINES.entries, line(7, "more")], LINES);
    expect(grown.times[2]).toBe(seconds(6));
    expect(grown.times[3]).toBe(seconds(7));
  });

  test("of a hundred thousand lines is searched as well", () => {
    const many = Array.from({ length: 100_000 }, (_, index) => line(index / 1e4, `row ${index}`));
    const found = merged(linesOf(many), EVENTS, RUNS, { text: "row 99999" });
    expect([...found]).toEqual([99_999]);
  });
});
