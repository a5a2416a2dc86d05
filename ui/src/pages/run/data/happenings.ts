/** Events of a run, and those from outside that may have to do with its failure, by time. */
import type { RunEvents, Why } from "../../../api/types";
import { asRecord, callOf, isOurs } from "../../../parts/events";
import { whole } from "../../../parts/numbers";
import { outcomeOf } from "../../../parts/outcomes";
import { duration, micros } from "../../../parts/times";
import { at, once, summed } from "./columns";
import { isInfrastructure, laneOf } from "./infrastructure";
import type { Runs } from "./runs";

type Suspect = Why["suspects"][number];

export interface Happening {
  /** In the log. It is how an event is named in the address. */
  position: number;
  occurred: number;
  /** When it began, of what lasted; else when it occurred. */
  began: number;
  /** Of a roll-up: what it is of. */
  many: Many | null;
  name: string;
  resource: string;
  /** Its lane: the system it is in, or what the run ran on. */
  system: string;
  /** Row of the innermost run it happened in; -1: none of them. */
  run: number;
  /** Nothing but time has it beside the run: it is on the axis, and in no log. */
  stranger: boolean;
}

export interface Many {
  calls: number;
  failures: number;
  /** µs: 95 % took less. */
  p95: number;
}

export interface Lane {
  system: string;
  kind: string;
  /** Indexes of happenings, by time. */
  events: Int32Array;
}

export interface Happenings {
  events: readonly Happening[];
  /** When they occurred, for looking up. */
  occurred: Float64Array;
  /** Of each, whether it says that something went wrong. */
  bad: Uint8Array;
  byPosition: ReadonlyMap<number, number>;
  /** What is outside, the most concerned with the failure first. */
  lanes: readonly Lane[];
  /** Row → indexes of what happened in that run itself, by time. */
  byRun: ReadonlyMap<number, readonly number[]>;
  partial: boolean;
}

/** Join the answers that have come so far, and what came before the run. */
export function readEvents(
  told: readonly RunEvents[],
  runs: Runs,
  why: Why | undefined,
): Happenings {
  const events = told.flatMap((part) => read(part, runs));
  const suspects = why?.suspects ?? [];
  const byPosition = new Map(events.map(({ position }, index) => [position, index]));
  const before = suspects.filter(({ event }) => !byPosition.has(event.position));
  for (const suspect of before) events.push(happening(suspect, runs));
  inOrder(events, byPosition);
  const kinds = new Map(
    told.flatMap((part) => part.resources.map((id, index) => [id, at(part.kinds, index)] as const)),
  );
  for (const { event, kind } of suspects) kinds.set(event.resource.id, kind);
  const suspected = new Set(suspects.map(({ event, system }) => laneOf(event.resource.id, system)));
  const failures = new Map<string, boolean>();
  return {
    events,
    occurred: Float64Array.from(events, ({ occurred }) => occurred),
    bad: Uint8Array.from(events, ({ name }) => Number(known(failures, name, isBad))),
    byPosition,
    lanes: lanesOf(events, kinds, suspected),
    byRun: byRunOf(events),
    partial: told.at(-1)?.next != null,
  };
}

/** What is outside of which anything was told in a run: each has a lane. */
export function systemsIn(told: readonly RunEvents[]): string[] {
  return [...new Set(told.flatMap(({ systems }) => systems))].filter((system) => !isOurs(system));
}

/** Whether the name of an event says that something went wrong. */
function isBad(name: string): boolean {
  return outcomeOf(name) === "failed";
}

/** Whether it is a call that did not return: when it would have ended, nobody knows. */
export function isOpen({ name }: Pick<Happening, "name">): boolean {
  return callOf(name)?.outcome === "lost";
}

/** How long it took and how many it is of, in words; nothing where it has no time. */
export function lastingOf(event: Happening): string {
  const { occurred, began, many } = event;
  if (many !== null) {
    const failed = many.failures > 0 ? `, ${whole(many.failures)} failed` : "";
    return `${whole(many.calls)} calls${failed}, p95 ${duration(many.p95 / 1e6)}`;
  }
  if (isOpen(event)) return "did not return";
  return occurred > began ? duration((occurred - began) / 1e6) : "";
}

/** What was found out before: of very many events only few names differ. */
function known<T>(before: Map<string, T>, name: string, find: (name: string) => T): T {
  const found = before.get(name) ?? find(name);
  before.set(name, found);
  return found;
}

/** Sort events by time, and note where each is. */
function inOrder(events: Happening[], byPosition: Map<number, number>): void {
  events.sort((one, other) => one.occurred - other.occurred || one.position - other.position);
  events.forEach(({ position }, index) => {
    byPosition.set(position, index);
  });
}

function read(told: RunEvents, runs: Runs): readonly Happening[] {
  const { events, inner } = ownEvents(told);
  // The runs come beside the events: a row that was not known is known later, and stays the same.
  events.forEach((event, index) => {
    event.run = runs.rowOfNumber.get(at(inner, index)) ?? -1;
  });
  return events;
}

/** What of an answer is the same whatever the runs are. */
export const ownEvents = once((told: RunEvents) => {
  const position = summed(told.position);
  const occurred = summed(told.occurred, told.base);
  const lasted = new Map(told.lasted);
  const many = new Map(
    told.many.map(([row, calls, failures, p95]) => [row, { calls, failures, p95 }] as const),
  );
  const events = Array.from(
    occurred,
    (time, row): Happening => ({
      position: at(position, row),
      occurred: time,
      began: time - (lasted.get(row) ?? 0),
      many: many.get(row) ?? null,
      name: at(told.names, at(told.name, row)),
      resource: at(told.resources, at(told.resource, row)),
      system: laneOf(
        at(told.resources, at(told.resource, row)),
        at(told.systems, at(told.system, at(told.resource, row))),
      ),
      run: -1,
      stranger: false,
    }),
  );
  return { events, inner: summed(told.run) };
});

function happening({ event, system, strength }: Suspect, runs: Runs): Happening {
  const occurred = micros(event.occurred);
  const { seconds } = asRecord(event.payload);
  return {
    position: event.position,
    occurred,
    began: typeof seconds === "number" && seconds >= 0 ? occurred - seconds * 1e6 : occurred,
    many: null,
    name: event.event,
    resource: event.resource.id,
    system: laneOf(event.resource.id, system),
    run: runs.rowOf.get(event.run ?? "") ?? -1,
    stranger: strength === "coincident",
  };
}

function lanesOf(
  events: readonly Happening[],
  kinds: ReadonlyMap<string, string>,
  suspected: ReadonlySet<string>,
): Lane[] {
  const bySystem = new Map<string, number[]>();
  events.forEach(({ system }, index) => {
    if (isOurs(system) && !isInfrastructure(system)) return;
    const lane = bySystem.get(system);
    if (lane) lane.push(index);
    else bySystem.set(system, [index]);
  });
  const lanes = [...bySystem].map(([system, indexes]) => ({
    system,
    kind: kinds.get(at(events, at(indexes, 0)).resource) ?? "",
    events: Int32Array.from(indexes),
  }));
  const rank = ({ system }: Lane) => {
    if (suspected.has(system)) return 0;
    return isInfrastructure(system) ? 1 : 2;
  };
  return lanes.sort((one, other) => rank(one) - rank(other));
}

function byRunOf(events: readonly Happening[]): Map<number, number[]> {
  const byRun = new Map<number, number[]>();
  events.forEach(({ run }, index) => {
    const known = byRun.get(run);
    if (known) known.push(index);
    else byRun.set(run, [index]);
  });
  return byRun;
}
