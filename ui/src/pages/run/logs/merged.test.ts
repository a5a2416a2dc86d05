import { describe, expect, test } from "vitest";
import { madeEvents, madeLines, madeRuns, seconds } from "../made";
import { type Chosen, linesAmong, merged, placeAt } from "./merged";

const RUNS = madeRuns([
  { label: "nightly", from: 0, to: 9 },
  { label: "extract", from: 0, to: 5 },
  { label: "load", from: 5, to: 9 },
]);
const EVENTS = madeEvents(RUNS, [
  { at: 1, name: "s3.read.completed", system: "s3://lake", run: 1 },
  { at: 8, name: "postgresql.execute.failed", system: "postgresql://db", run: 2 },
]);
const LINES = madeLines([
  { at: 0, message: "begins", run: 0 },
  { at: 1, message: "Reading (a+b)", run: 1 },
  { at: 6, message: "broken", run: 2, level: 40 },
]);

function told(chosen: Chosen): number[] {
  return [...merged(LINES, EVENTS, RUNS, chosen)];
}

describe("a log", () => {
  test("has the events between its lines, each before the line of the same moment", () => {
    expect(told({})).toEqual([0, ~0, 1, 2, ~1]);
  });

  test("has no event that only the time has beside the run", () => {
    const [read, broken] = EVENTS.events;
    const events = [{ ...read, stranger: true }, broken] as typeof EVENTS.events;
    expect([...merged(LINES, { ...EVENTS, events }, RUNS, {})]).toEqual([0, 1, 2, ~1]);
  });

  test("is narrowed by level, by text as it is written, and to a run", () => {
    expect(told({ level: "error" })).toEqual([2, ~1]);
    expect(told({ level: "info" })).toEqual([0, ~0, 1, 2, ~1]);
    expect(told({ text: "READING (A+B)" })).toEqual([1]);
    expect(told({ within: 2 })).toEqual([2, ~1]);
  });

  test("is narrowed to what one life of a container printed", () => {
    const printed = madeLines([
      { at: 0, message: "logged" },
      { at: 1, message: "before", by: "nightly-x/flow/0" },
      { at: 2, message: "again", by: "nightly-x/flow/1" },
    ]);
    expect([...merged(printed, EVENTS, RUNS, { from: "nightly-x/flow/1" })]).toEqual([2]);
  });

  test("is searched as it is read, whatever changes its colour in between", () => {
    const coloured = madeLines([{ at: 0, message: "wrote \u001b[1m12\u001b[0m rows" }]);
    expect([...merged(coloured, EVENTS, RUNS, { text: "wrote 12 rows" })]).toEqual([0]);
    expect([...merged(coloured, EVENTS, RUNS, { text: "[1m" })]).toEqual([]);
  });

  test("says how many of what it shows are lines", () => {
    expect(linesAmong(merged(LINES, EVENTS, RUNS, {}))).toBe(3);
    expect(linesAmong(merged(LINES, EVENTS, RUNS, { text: "s3" }))).toBe(0);
  });

  test("is found by time", () => {
    const items = merged(LINES, EVENTS, RUNS, {});
    expect(placeAt(items, seconds(6), LINES, EVENTS)).toBe(3);
    expect(placeAt(items, seconds(7), LINES, EVENTS)).toBe(4);
  });

  test("of a hundred thousand lines is searched as well", () => {
    const many = Array.from({ length: 100_000 }, (_, row) => ({
      at: row / 1e4,
      message: `row ${row}`,
    }));
    const found = merged(madeLines(many), EVENTS, RUNS, { text: "row 99999" });
    expect([...found]).toEqual([99_999]);
  });
});
