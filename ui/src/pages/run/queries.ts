/** What the page asks of a run. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { LogEntry, Timeline } from "../../api/types";

const LINES = 1_000;
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
  return columnsQuery([...keyOf(id), "timeline"], (cursor, signal) =>
    // The client's types take tuples for lists.
    answered(
      api.GET("/api/flow-runs/{id}/timeline", {
        params: { path: { id }, query: { cursor } },
        signal,
      }) as Promise<{ data?: Timeline }>,
    ),
  );
}

export function eventsQuery(id: string) {
  return columnsQuery([...keyOf(id), "events"], (cursor, signal) =>
    answered(
      api.GET("/api/flow-runs/{id}/events", {
        params: { path: { id }, query: { cursor } },
        signal,
      }),
    ),
  );
}

/** Answers of 20,000 rows each: what comes after them stays away. */
const MOST_ANSWERS = 10;

/** Answers that go on, one after the other; what has come is shown before all have. */
function columnsQuery<T extends { next: string | null }>(
  queryKey: readonly string[],
  ask: (cursor: string | undefined, signal: AbortSignal) => Promise<T>,
) {
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<T[]> => {
      // When it is asked for again, what is shown has all of them.
      let shown = client.getQueryData<T[]>(queryKey)?.length ?? 0;
      const told: T[] = [];
      for (let cursor: string | null | undefined; cursor !== null; ) {
        const answer: T = await ask(cursor, signal);
        told.push(answer);
        cursor = told.length < MOST_ANSWERS ? answer.next : null;
        // Each time twice as many: to join them anew takes as long as there are many.
        if (cursor === null || told.length < Math.max(2 * shown, 1)) continue;
        client.setQueryData(queryKey, [...told]);
        shown = told.length;
      }
      return told;
    },
    // Comparing one with the last, field by field, takes longer than showing it.
    structuralSharing: false,
  });
}

/** The lines that were read, and where to go on. */
export interface Log {
  lines: readonly LogEntry[];
  /** Of the last page: it is asked for again when there may be more. */
  cursor: string | undefined;
  /** How many lines the pages before it have. */
  before: number;
  whole: boolean;
}

/** All lines of a run, page after page; what was read before is not asked for again. */
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
      } while (!log.whole);
      return log;
    },
    structuralSharing: false,
  });
}

const NOTHING: Log = { lines: [], cursor: undefined, before: 0, whole: false };

async function further(id: string, log: Log, signal: AbortSignal): Promise<Log> {
  const params = { path: { id }, query: { limit: LINES, cursor: log.cursor } };
  const page = await answered(api.GET("/api/flow-runs/{id}/logs", { params, signal }));
  const lines = log.lines.slice(0, log.before).concat(page.items);
  if (page.next === null) return { ...log, lines, whole: true };
  return { lines, cursor: page.next, before: lines.length, whole: false };
}

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
