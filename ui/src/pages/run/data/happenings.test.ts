import { expect, test } from "vitest";
import type { RunEvents } from "../../../api/types";
import {
  encoded,
  madeEvents,
  madeId,
  madeNumber,
  madeRuns,
  madeTimeline,
  toldEvents,
} from "../made";
import { readEvents, systemsIn } from "./happenings";
import { readTimeline } from "./runs";

const READ = { name: "s3.read", system: "s3://lake" };

test("an event is on the row of its run, in whichever answer that is", () => {
  const first = madeTimeline([
    { label: "nightly", from: 0, to: 9 },
    { label: "extract", from: 0, to: 5 },
  ]);
  const second = {
    ...madeTimeline([{ label: "load", from: 5, to: 6 }]),
    ids: encoded([madeId(2)]),
    number: [madeNumber(2)],
  };
  const told: RunEvents[] = [
    toldEvents([
      { at: 6, run: 2, ...READ },
      { at: 1, run: 1, ...READ },
    ]),
    { ...toldEvents([{ at: 7, run: 2, ...READ }]), position: [3] },
  ];
  const early = readEvents(told, readTimeline([first]), undefined);
  expect(early.events.map(({ run }) => run)).toEqual([1, -1, -1]);
  const late = readEvents(told, readTimeline([first, second]), undefined);
  expect(late.events.map(({ run }) => run)).toEqual([1, 2, 2]);
});

test("systems are those that have a lane, each once", () => {
  const runs = madeRuns([{ label: "nightly", from: 0, to: 9 }]);
  const told = [
    toldEvents([{ at: 0, ...READ }]),
    toldEvents([
      { at: 1, ...READ },
      { at: 2, name: "made", system: "peninsula.artifact.1" },
    ]),
  ];
  expect(systemsIn(told)).toEqual(["s3://lake"]);
  expect(readEvents(told, runs, undefined).lanes.map(({ system }) => system)).toEqual([
    "s3://lake",
  ]);
});

test("a run in which nothing happened has no events", () => {
  const runs = madeRuns([{ label: "nightly", from: 0, to: 9 }]);
  expect(madeEvents(runs, []).byRun.size).toBe(0);
});
