/** Put together what the parts of the page show, from what was asked and what the address says. */
import { useMemo } from "react";
import type { RunEvents, Timeline, Why } from "../../api/types";
import { useNow } from "../../browser/useNow";
import { micros } from "../../parts/times";
import { at } from "./data/columns";
import { type Happenings, readEvents } from "./data/happenings";
import { isFailed, type Runs, readTimeline } from "./data/runs";
import type { RunSearch } from "./search";
import type { Span } from "./timeline/axis";
import { lineage, type Row, rowsOf } from "./timeline/rows";
import { criticalPath, fitOf, gapsOf, wholeOf } from "./timeline/spans";

export interface RunScene {
  runs: Runs;
  happenings: Happenings;
  rows: readonly Row[];
  /** Index of the row of a run, or of the group that it is in; -1: closed away. */
  placeOf: (run: number) => number;
  /** The time of the run. */
  fit: Span;
  /** With that of the events before it. */
  whole: Span;
  folds: readonly Span[];
  path: ReadonlySet<number> | null;
  now: number;
  /** Index of the row that is selected, -1 without. */
  selected: number;
  /** Index of the event that is selected, -1 without. */
  event: number;
  moment: number | null;
}

interface Told {
  timeline: readonly Timeline[];
  events: readonly RunEvents[];
  why: Why | undefined;
}

export function useScene({ timeline, events, why }: Told, search: RunSearch): RunScene {
  const runs = useMemo(() => readTimeline(timeline), [timeline]);
  const happenings = useMemo(() => readEvents(events, runs, why), [events, runs, why]);
  const now = useMoment(Number.isNaN(at(runs.ended, 0)));
  const { rows, placeOf } = useRows(runs, happenings, search);
  const fit = useMemo(() => fitOf(runs, now), [runs, now]);
  const whole = useMemo(() => wholeOf(fit, happenings), [fit, happenings]);
  const folds = useMemo(
    () => (search.idle === "folded" ? gapsOf(runs, happenings, whole, now) : []),
    [search.idle, runs, happenings, whole, now],
  );
  const path = useMemo(
    () => (search.path === "critical" ? criticalPath(runs, now) : null),
    [search.path, runs, now],
  );
  const event = happenings.byPosition.get(Number(search.event ?? Number.NaN)) ?? -1;
  const sel = search.sel ?? (event < 0 ? "" : keyOfEvent(runs, happenings, event));
  const selected = useMemo(() => rows.findIndex(({ key }) => key === sel), [rows, sel]);
  const moment = search.at === undefined ? null : micros(search.at);
  // The same as long as nothing of it is another: the picture is drawn anew for each other one, and
  // a log that has come changes nothing of it.
  return useMemo(
    () => ({
      runs,
      happenings,
      rows,
      placeOf,
      fit,
      whole,
      folds,
      path,
      now,
      selected,
      event,
      moment,
    }),
    [runs, happenings, rows, placeOf, fit, whole, folds, path, now, selected, event, moment],
  );
}

/** The row on which an event is: its system's, else that of its run. */
export function keyOfEvent(runs: Runs, { events, lanes }: Happenings, event: number): string {
  const { system, run } = at(events, event);
  return lanes.some((lane) => lane.system === system) ? `lane:${system}` : (runs.ids[run] ?? "");
}

/** The time, while something goes on: else it is always the same, and nothing is drawn anew. */
function useMoment(goesOn: boolean): number {
  const now = useNow().getTime() * 1000;
  return goesOn ? now : 0;
}

function useRows(runs: Runs, happenings: Happenings, { open, q, sel = "" }: RunSearch) {
  const turned = open?.join("\n") ?? "";
  const wanted = useMemo(() => ({ turned: new Set(turned.split("\n")), text: q }), [turned, q]);
  const usual = useMemo(
    () => placed(runs, rowsOf(runs, happenings, wanted)),
    [runs, happenings, wanted],
  );
  const run = runs.rowOf.get(sel);
  // Going from row to row leaves all rows as they are: only what is closed away changes them.
  const shown = run !== undefined && !usual.has(run) ? sel : null;
  return useMemo(
    () => (shown === null ? usual : placed(runs, rowsOf(runs, happenings, { ...wanted, shown }))),
    [runs, happenings, wanted, usual, shown],
  );
}

/** Rows, and on which of them each run is. */
function placed(runs: Runs, rows: readonly Row[]) {
  const own = new Map<number, number>();
  const grouped = new Map<number, number>();
  rows.forEach((row, index) => {
    if (row.kind === "run") own.set(row.run, index);
    else if (row.kind === "group") for (const run of row.members) grouped.set(run, index);
  });
  const placeOf = (run: number) =>
    lineage(runs, run)
      .map((above) => own.get(above) ?? grouped.get(above))
      .find((place) => place !== undefined) ?? -1;
  return { rows, placeOf, has: (run: number) => own.has(run) };
}

/** The failed run after this one, of those below which none failed. */
export function nextFailure({ runs }: Pick<RunScene, "runs">, after: number): number {
  const failed: number[] = [];
  for (let row = 0; row < runs.count; row++) {
    if (isFailed(runs, row) && !at(runs.children, row).some((child) => isFailed(runs, child))) {
      failed.push(row);
    }
  }
  return failed.find((row) => row > after) ?? failed[0] ?? -1;
}
