/** What the pages of work ask of the API. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { LoggedEvent, WorkPool } from "../../api/types";

/** All that is asked of work: to be asked again when something of it was told. */
export const WORK = ["work"] as const;

/** What changes how pools and workers are doing. */
export const OF_WORK = {
  name: ["peninsula.work-pool.*", "peninsula.work-queue.*", "peninsula.worker.*"],
};

/** Heartbeats, and runs that become due, are in no event. */
export const AGAIN_MS = 5_000;

export const poolsQuery = queryOptions({
  queryKey: [...WORK, "pools"],
  queryFn: ({ signal }) => answered(api.GET("/api/work-pools", { signal })),
  refetchInterval: AGAIN_MS,
});

export const workersQuery = queryOptions({
  queryKey: [...WORK, "workers"],
  queryFn: ({ signal }) => answered(api.GET("/api/workers", { signal })),
  refetchInterval: AGAIN_MS,
});

export function poolQuery(name: string) {
  const params = { path: { name } };
  return queryOptions({
    queryKey: [...WORK, "pool", name],
    queryFn: ({ signal }) =>
      exactly(api.GET("/api/work-pools/{name}", { params, signal, ...AS_TEXT })),
    refetchInterval: AGAIN_MS,
  });
}

export function queuesQuery(name: string) {
  const params = { path: { name } };
  return queryOptions({
    queryKey: [...WORK, "pool", name, "queues"],
    queryFn: ({ signal }) => answered(api.GET("/api/work-pools/{name}/queues", { params, signal })),
    refetchInterval: AGAIN_MS,
  });
}

/** What happened with the pool, its queues and workers, and the runs in it. */
export function eventsQuery({ id, name }: Pick<WorkPool, "id" | "name">) {
  const query = { q: `involves:peninsula.work-pool.${id}`, limit: 50 };
  return infiniteQueryOptions({
    queryKey: [...WORK, "pool", name, "events"],
    queryFn: ({ pageParam: cursor, signal }) =>
      exactly(
        api.GET("/api/events", { params: { query: { ...query, cursor } }, signal, ...AS_TEXT }),
      ),
    ...pagesOf<LoggedEvent>(),
    select: itemsOf<LoggedEvent>,
  });
}
