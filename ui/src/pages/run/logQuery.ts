/** What a run and all below it logged. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { RunLines, RunRef } from "../../api/types";
import { once } from "./data/columns";
import { keyOf } from "./queries";

/** How often a long log is shown that is still being read. */
const SHOWN_EVERY_MS = 400;

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
export function logQuery(run: RunRef) {
  const queryKey = [...keyOf(run.id), "log"] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }): Promise<Log> => {
      let log: Log = client.getQueryData<Log>(queryKey) ?? NOTHING;
      let shown = Number.NEGATIVE_INFINITY;
      do {
        log = await further(run, log, signal);
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

async function further({ id, kind }: RunRef, log: Log, signal: AbortSignal): Promise<Log> {
  if (log.end === "cut") return log;
  const params = { path: { id }, query: { cursor: log.cursor } };
  const asked = api.GET(`/api/${kind}s/{id}/lines`, { params, signal });
  // What it makes of an answer does not know pairs.
  const answer = await answered(asked as Promise<{ data?: RunLines }>);
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
