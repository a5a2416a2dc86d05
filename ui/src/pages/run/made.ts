/** Runs and events made up for tests. Times are seconds after the first moment. */
import type { RunEvents, RunLines, Timeline } from "../../api/types";
import { type Happenings, readEvents } from "./data/happenings";
import { type Lines, readLines } from "./data/lines";
import { type Runs, readTimeline } from "./data/runs";

export interface Made {
  label: string;
  /** Index of the run that called it. */
  parent?: number;
  flow?: boolean;
  state?: Timeline["states"][number][0];
  from: number;
  /** Null: it goes on. */
  to: number | null;
  after?: number[];
}

export const BASE = Date.UTC(2026, 0, 31, 2) * 1000;
const SECOND = 1e6;

export function seconds(after: number): number {
  return BASE + after * SECOND;
}

export function madeId(run: number): string {
  return `00000000-0000-7000-8000-${run.toString(16).padStart(12, "0")}`;
}

/** The later one may have the lower number: they are given as what was told comes. */
export function madeNumber(run: number): number {
  return 1_000 - run;
}

export function madeRuns(made: readonly Made[]): Runs {
  return readTimeline([madeTimeline(made)]);
}

export function madeTimeline(made: readonly Made[]): Timeline {
  const labels = [...new Set(made.map(({ label }) => label))];
  const states = [...new Set(made.map(stateOf))];
  const edges = made.flatMap(({ after = [] }, run) => after.map((from) => [from, run] as const));
  return {
    base: BASE,
    rows: made.length,
    ids: encoded(made.map((_, run) => madeId(run))),
    number: differences(made.map((_, run) => madeNumber(run))),
    kinds: ["flow-run", "task-run"],
    kind: made.map(({ flow }, run) => (flow || run === 0 ? 0 : 1)),
    labels,
    label: made.map(({ label }) => labels.indexOf(label)),
    names: made.map(({ label }, run) => `${label}-${run}`),
    name: made.map((_, run) => (run === 0 ? 0 : 1)),
    parent: made.map(({ parent }, run) => (run === 0 ? -1 : (parent ?? 0))),
    states: states.map((state) => [state, state]),
    state: made.map((one) => states.indexOf(stateOf(one))),
    begun: differences(made.map(({ from }) => from * SECOND)),
    waited: made.map(() => 0),
    lasted: made.map(({ from, to }) => (to === null ? -1 : (to - from) * SECOND)),
    segments: {},
    edge_run: differences(edges.map(([, to]) => to)),
    edge_upstream: edges.map(([from, to]) => to - from),
    edge_label: edges.map(() => 0),
    edge_labels: [["result", null]],
    others: "",
    next: null,
  };
}

type Pairs = RunEvents["lasted"];

export interface MadeEvent {
  at: number;
  name: string;
  system: string;
  run?: number;
  /** Seconds. */
  lasted?: number;
  /** Calls, failures and the 95th percentile in seconds, of a roll-up. */
  many?: [calls: number, failures: number, p95: number];
}

export function madeEvents(runs: Runs, made: readonly MadeEvent[]): Happenings {
  return readEvents([toldEvents(made)], runs, undefined);
}

export function toldEvents(made: readonly MadeEvent[]): RunEvents {
  const systems = [...new Set(made.map(({ system }) => system))];
  return {
    base: BASE,
    rows: made.length,
    position: differences(made.map((_, index) => index + 1)),
    occurred: differences(made.map(({ at }) => at * SECOND)),
    names: made.map(({ name }) => name),
    name: made.map((_, index) => index),
    resources: systems,
    resource: made.map(({ system }) => systems.indexOf(system)),
    kinds: systems.map(() => "s3"),
    systems,
    system: systems.map((_, index) => index),
    run: differences(made.map(({ run = 0 }) => madeNumber(run))),
    lasted: made.flatMap(({ lasted }, row) => (lasted ? [[row, lasted * SECOND]] : [])) as Pairs,
    many: made.flatMap(({ many }, row) =>
      many ? [[row, many[0], many[1], many[2] * SECOND]] : [],
    ) as RunEvents["many"],
    next: null,
  };
}

export function madeLines(
  made: readonly { at: number; message: string; run?: number; level?: number; by?: string }[],
): Lines {
  const runs = [...new Set(made.map(({ run = 1 }) => run))];
  const containers = [...new Set(made.flatMap(({ by }) => by ?? []))];
  const told: RunLines = {
    base: BASE,
    rows: made.length,
    time: differences(made.map(({ at }) => at * SECOND)),
    level: made.map(({ level = 20 }) => level),
    loggers: ["peninsula"],
    logger: made.map(() => 0),
    runs: encoded(runs.map(madeId)),
    run: made.map(({ run = 1 }) => runs.indexOf(run)),
    message: made.map(({ message }) => message),
    containers,
    printed: made.flatMap(({ by }, row) =>
      by === undefined ? [] : [[row, containers.indexOf(by)]],
    ) as Pairs,
    next: null,
  };
  return readLines([told]);
}

function stateOf({ state = "COMPLETED" }: Made) {
  return state;
}

function differences(values: readonly number[]): number[] {
  return values.map((value, index) => value - (values[index - 1] ?? 0));
}

export function encoded(ids: readonly string[]): string {
  const bytes = ids.map((id) => id.replaceAll("-", "").match(/../g) ?? []);
  let text = "";
  for (let byte = 0; byte < 16; byte++) {
    for (const one of bytes) text += String.fromCharCode(Number.parseInt(one[byte] ?? "0", 16));
  }
  return btoa(text);
}
