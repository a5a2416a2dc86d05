/** What is asked of one resource: how runs fare with it, its events. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { LoggedEvent, ResourceEntry, Schemas } from "../../api/types";
import type { Window } from "../spans";
import { FAILED_TYPES } from "../states";

const PAGE = 100;
/** The runs that touched it stand below its events. */
const FEW_EVENTS = 5;

export function resourceQuery(id: string) {
  return queryOptions({
    queryKey: ["resource", id],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/resource", { params: { query: { id } }, signal })),
  });
}

export function healthQuery(id: string, { since, until, step }: Window) {
  const query = { id, step, after: since.toISOString(), before: until.toISOString() };
  return queryOptions({
    queryKey: ["resource", id, "health", query],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/resource/health", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function eventsByTimeQuery(id: string, { since, until, step }: Window) {
  const time = { after: since.toISOString(), before: until.toISOString() };
  const query = { ...time, step, involves: [id], by: "outcome" as const };
  return queryOptions({
    queryKey: ["resource", id, "histogram", query],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/events/histogram", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

type Touching = Schemas["TouchingRun"];

export function touchingQuery(id: string, failed: boolean) {
  return infiniteQueryOptions({
    queryKey: ["resource", id, "runs", failed],
    queryFn: ({ pageParam: cursor, signal }) => {
      const state = failed ? [...FAILED_TYPES] : undefined;
      const query = { id, cursor, state, innermost: true, limit: PAGE };
      return answered(api.GET("/api/resource/runs", { params: { query }, signal }));
    },
    ...pagesOf<Touching>(),
    select: itemsOf<Touching>,
    placeholderData: keepPreviousData,
  });
}

/** Its events by when they occurred: a list without a time is by places in the log. */
export function newestQuery({ id, first }: Pick<ResourceEntry, "id" | "first">) {
  const query = { involves: [id], after: first, limit: FEW_EVENTS };
  return queryOptions({
    queryKey: ["resource", id, "events"],
    queryFn: ({ signal }) =>
      exactly(api.GET("/api/events", { params: { query }, signal, ...AS_TEXT })),
    select: ({ items }): LoggedEvent[] => items,
  });
}
