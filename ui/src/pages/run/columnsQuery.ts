/** What of a run is answered by columns: all below it, and all that happened in it. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { RunEvents, RunRef, Timeline } from "../../api/types";
import { ownEvents } from "./data/happenings";
import { readTimeline } from "./data/runs";
import { keyOf } from "./queries";

export function timelineQuery({ id, kind }: RunRef) {
  return columnsQuery([...keyOf(id), "timeline"], {
    ask: (cursor, signal) =>
      // The client's types take tuples for lists.
      answered(
        api.GET(`/api/${kind}s/{id}/timeline`, {
          params: { path: { id }, query: { cursor } },
          signal,
        }) as Promise<{ data?: Timeline }>,
      ),
    read: readTimeline,
    holds: (part, [first]) => goesOn(first) && !part.lasted.includes(-1),
  });
}

export function eventsQuery({ id, kind }: RunRef) {
  return columnsQuery([...keyOf(id), "events"], {
    ask: (cursor, signal) =>
      answered(
        api.GET(`/api/${kind}s/{id}/events`, {
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
