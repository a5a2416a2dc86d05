/** What the page asks of a run. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { Run, RunEvents, RunLines, Timeline } from "../../api/types";
import { once } from "./data/columns";
import { ownEvents } from "./data/happenings";
import { readTimeline } from "./data/runs";

/** How often a long log is shown that is still being read. */
const SHOWN_EVERY_MS = 400;

/** All that is asked of one run: to be asked again when something new was told of it. */
export const keyOf = (id: string) => ["run", id] as const;

const pathOf = (id: string) => ({ params: { path: { id } } });

export function summaryQuery(id: string) {
  return queryOptions({
    queryKey: [...keyOf(id), "summary"],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow-runs/{id}/summary", { ...pathOf(id), signal })),
  });
}

export function whyQuery(id: string) {
  return queryOptions({
    queryKey: [...keyOf(id), "why"],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow-runs/{id}/why", { ...pathOf(id), signal })),
  });
}

export function timelineQuery(id: string) {
  return columnsQuery([...keyOf(id), "timeline"], {
    ask: (cursor, signal) =>
      // The client's types take tuples for lists.
      answered(
        api.GET("/api/flow-runs/{id}/timeline", {
          params: { path: { id }, query: { cursor } },
          signal,
        }) as Promise<{ data?: Timeline }>,
      ),
    read: readTimeline,
    holds: (part, [first]) => goesOn(first) && !part.lasted.includes(-1),
  });
}

export function eventsQuery(id: string) {
  return columnsQuery([...keyOf(id), "events"], {
    ask: (cursor, signal) =>
      answered(
        api.GET("/api/flow-runs/{id}/events", {
          params: { path: { id }, query: { cursor } },
          signal,
        }) as Promise<{ data?: RunEvents }>,
      ),
    read: (told) => told.forEach(ownEvents),
    holds: () => true,
  });
}

/** Of a run that is over all is asked for once more: late events may have changed any of it. */
function goesOn(first: Timeline | undefined): boolean {
  return first?.lasted[0] === -1;
}

/** Answers of 20,000 rows each: what comes after them stays away. */
const MOST_ANSWERS = 10;

interface Columns<T> {
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<T>;
  /** Make of answers what the pictures want. It is done here, in a task of its own, and remembered: with
   * all else that is done to show it, it would hold up the page for too long. */
  read: (told: readonly T[]) => void;
  /** Whether an answer that others follow is still what would be answered, by those before it. */
  holds: (part: T, told: readonly T[]) => boolean;
}

/** Answers that go on, one after the other; what has come is shown before all have. */
function columnsQuery<T extends { next: string | null }>(
  queryKey: readonly string[],
  { ask, read, holds }: Columns<T>,
) {
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<T[]> => {
      const before = client.getQueryData<T[]>(queryKey) ?? [];
      // When it is asked for again, what is shown has all of them.
      let shown = before.length;
      const told: T[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const known = knownAt(before, told.length, cursor);
        const answer: T = known && holds(known, told) ? known : await ask(cursor, signal);
        told.push(answer);
        cursor = told.length < MOST_ANSWERS ? answer.next : null;
        // Each time twice as many: to join them anew takes as long as there are many.
        if (cursor === null || told.length < Math.max(2 * shown, 1)) continue;
        const some = [...told];
        read(some);
        client.setQueryData(queryKey, some);
        shown = told.length;
      }
      read(told);
      return told;
    },
    // Comparing one with the last, field by field, takes longer than showing it.
    structuralSharing: false,
  });
}

/** The answer at a place that was full, if it began where this one is to begin. */
function knownAt<T extends { next: string | null }>(
  before: readonly T[],
  place: number,
  cursor: string | undefined,
): T | undefined {
  const known = before[place];
  const began = before[place - 1]?.next ?? undefined;
  return known?.next != null && began === cursor ? known : undefined;
}

/** What was logged, as far as it was read. */
export interface Log {
  told: readonly RunLines[];
  /** Of the last answer: it is asked for again when there may be more. */
  cursor: string | undefined;
  /** Null while there is more; `cut` where no more is read. */
  end: "whole" | "cut" | null;
}

/** Lines that a browser bears; all of them can be downloaded. */
const MOST_LINES = 300_000;
const MOST_CHARACTERS = 64e6;

/** The lines of a run, answer after answer; what was read before is not asked for again. */
export function logQuery(id: string) {
  const queryKey = [...keyOf(id), "log"] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<Log> => {
      let log: Log = client.getQueryData<Log>(queryKey) ?? NOTHING;
      let shown = Number.NEGATIVE_INFINITY;
      do {
        log = await further(id, log, signal);
        if (performance.now() - shown < SHOWN_EVERY_MS) continue;
        client.setQueryData(queryKey, log);
        shown = performance.now();
      } while (log.end === null);
      return log;
    },
    structuralSharing: false,
  });
}

const NOTHING: Log = { told: [], cursor: undefined, end: null };

async function further(id: string, log: Log, signal: AbortSignal): Promise<Log> {
  if (log.end === "cut") return log;
  const params = { path: { id }, query: { cursor: log.cursor } };
  const answer = await answered(api.GET("/api/flow-runs/{id}/lines", { params, signal }));
  // The last of a log that was whole may have grown since.
  const told = [...(log.end === null ? log.told : log.told.slice(0, -1)), answer];
  if (answer.next === null) return { ...log, told, end: "whole" };
  return { told, cursor: answer.next, end: isMuch(told) ? "cut" : null };
}

function isMuch(told: readonly RunLines[]): boolean {
  const lines = told.reduce((sum, { rows }) => sum + rows, 0);
  return lines >= MOST_LINES || charactersOf(told) >= MOST_CHARACTERS;
}

function charactersOf(told: readonly RunLines[]): number {
  return told.reduce((sum, part) => sum + inAnswer(part), 0);
}

const inAnswer = once(({ message }: RunLines) =>
  message.reduce((sum, { length }) => sum + length, 0),
);

export function detailsQuery(id: string, isFlow: boolean) {
  return queryOptions({
    queryKey: ["run", "details", id],
    queryFn: ({ signal }) =>
      answered(
        isFlow
          ? api.GET("/api/flow-runs/{id}", { ...pathOf(id), signal })
          : api.GET("/api/task-runs/{id}", { ...pathOf(id), signal }),
      ),
  });
}

/** The process that told of a run last. */
export function processQuery({ id, kind, process }: Pick<Run, "id" | "kind" | "process">) {
  return queryOptions({
    queryKey: ["run", "process", id, process],
    queryFn: ({ signal }) =>
      answered(
        kind === "flow-run"
          ? api.GET("/api/flow-runs/{id}/process", { ...pathOf(id), signal })
          : api.GET("/api/task-runs/{id}/process", { ...pathOf(id), signal }),
      ),
    enabled: process !== null,
  });
}

/** How long runs like one took before it. */
export function usualQuery(id: string, isFlow: boolean) {
  return queryOptions({
    queryKey: ["run", "usual", id],
    queryFn: ({ signal }) =>
      answered(
        isFlow
          ? api.GET("/api/flow-runs/{id}/usual", { ...pathOf(id), signal })
          : api.GET("/api/task-runs/{id}/usual", { ...pathOf(id), signal }),
      ),
  });
}

/** States of one run, as many as an answer has: the newest. */
const MOST_STATES = 200;

/** What was told of a run's states. */
export function statesQuery({ id, kind, attempts, state }: Run) {
  const about = `peninsula.${kind}.${id}`;
  const query = { q: `resource:${about} type:peninsula.${kind}.*`, limit: MOST_STATES };
  return queryOptions({
    queryKey: ["run", "states", id, attempts, state.name],
    queryFn: async ({ signal }) =>
      (await answered(api.GET("/api/events", { params: { query }, signal }))).items,
  });
}

/** An event by its place in the log. */
export function eventQuery(position: number) {
  const query = { since: position - 1, order: "oldest", limit: 1 } as const;
  return queryOptions({
    queryKey: ["event", position],
    queryFn: async ({ signal }) => {
      const { items } = await answered(api.GET("/api/events", { params: { query }, signal }));
      return items.find((event) => event.position === position) ?? null;
    },
  });
}
