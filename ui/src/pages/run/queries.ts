/** What the page asks of a run: a flow run, or a task run that no flow called. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import type { Run, RunRef, RunSummary } from "../../api/types";

/** All that is asked of one run: to be asked again when something new was told of it. */
export const keyOf = (id: string) => ["run", id] as const;

const pathOf = (id: string) => ({ params: { path: { id } } });

/** A run by its id, of whichever kind: an address of a page does not tell. */
export function summaryQuery(id: string) {
  return queryOptions({
    queryKey: [...keyOf(id), "summary"],
    queryFn: ({ signal }): Promise<RunSummary> =>
      exactly(api.GET("/api/runs/{id}/summary", { ...pathOf(id), signal, ...AS_TEXT })),
  });
}

export function whyQuery({ id, kind }: RunRef) {
  return queryOptions({
    queryKey: [...keyOf(id), "why"],
    queryFn: ({ signal }) => answered(api.GET(`/api/${kind}s/{id}/why`, { ...pathOf(id), signal })),
  });
}

export function detailsQuery({ id, kind }: RunRef) {
  return queryOptions({
    queryKey: ["run", "details", id],
    queryFn: ({ signal }) =>
      exactly(api.GET(`/api/${kind}s/{id}`, { ...pathOf(id), signal, ...AS_TEXT })),
  });
}

/** The process that told of a run last. */
export function processQuery({ id, kind, process }: Pick<Run, "id" | "kind" | "process">) {
  return queryOptions({
    queryKey: ["run", "process", id, process],
    queryFn: ({ signal }) =>
      answered(api.GET(`/api/${kind}s/{id}/process`, { ...pathOf(id), signal })),
    enabled: process !== null,
  });
}

/** How long runs like one took before it. */
export function usualQuery({ id, kind }: RunRef) {
  return queryOptions({
    queryKey: ["run", "usual", id],
    queryFn: ({ signal }) =>
      answered(api.GET(`/api/${kind}s/{id}/usual`, { ...pathOf(id), signal })),
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

/** Events of one pod: a life of a container has two, and few pods are restarted often. */
const MOST_OF_POD = 200;

/** What was told of a pod, from the first; asked again when there is more than `last`. */
export function podQuery(id: string, last: number) {
  const query = { q: `resource:${id}`, order: "oldest", limit: MOST_OF_POD } as const;
  return queryOptions({
    queryKey: ["run", "pod", id, last],
    queryFn: async ({ signal }) =>
      (await answered(api.GET("/api/events", { params: { query }, signal }))).items,
    placeholderData: keepPreviousData,
  });
}

/** An event by its place in the log. */
export function eventQuery(position: number) {
  const query = { since: position - 1, order: "oldest", limit: 1 } as const;
  return queryOptions({
    queryKey: ["event", position],
    queryFn: async ({ signal }) => {
      const asked = { params: { query }, signal, ...AS_TEXT };
      const { items } = await exactly(api.GET("/api/events", asked));
      return items.find((event) => event.position === position) ?? null;
    },
  });
}
