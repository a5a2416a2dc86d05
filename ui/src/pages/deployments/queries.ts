/** What the pages of deployments ask of the API. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { Deployment, Run } from "../../api/types";
import type { Rule } from "./rules";
import type { DeploymentsSearch } from "./search";

const PAGE = 100;
const NEXT = 8;

/** All that is asked of deployments: to be asked again when one was changed. */
export const DEPLOYMENTS = ["deployments"] as const;

export function deploymentsQuery({ q: text, flow, pool, tag, paused }: DeploymentsSearch) {
  const filters = { text, flow, pool, tag, paused: paused && paused === "yes" };
  return infiniteQueryOptions({
    queryKey: [...DEPLOYMENTS, "list", filters],
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { ...filters, cursor, limit: PAGE };
      return answered(api.GET("/api/deployments", { params: { query }, signal }));
    },
    ...pagesOf<Deployment>(),
    select: itemsOf<Deployment>,
    placeholderData: keepPreviousData,
  });
}

export function deploymentQuery(id: string) {
  return queryOptions({
    queryKey: [...DEPLOYMENTS, id],
    queryFn: ({ signal }) =>
      exactly(api.GET("/api/deployments/{id}", { params: { path: { id } }, signal, ...AS_TEXT })),
  });
}

/** The moments of all its schedules that come next. */
export function nextQuery(id: string) {
  const params = { path: { id }, query: { limit: NEXT } };
  return queryOptions({
    queryKey: [...DEPLOYMENTS, id, "next"],
    queryFn: ({ signal }) => answered(api.GET("/api/deployments/{id}/next", { params, signal })),
  });
}

/** What became of each task in the newest runs of the deployment. */
export function gridQuery({ id, flow }: Pick<Deployment, "id" | "flow">) {
  const query = { name: flow, deployment: id };
  return queryOptions({
    queryKey: [...DEPLOYMENTS, id, "grid"],
    queryFn: ({ signal }) => answered(api.GET("/api/flow/grid", { params: { query }, signal })),
  });
}

/** The newest run that began of each of them, by deployment. */
export function lastRunsQuery(deployments: readonly Pick<Deployment, "id">[]) {
  const ids = deployments.map(({ id }) => id);
  return queryOptions({
    queryKey: [...DEPLOYMENTS, "last", ids],
    queryFn: async ({ signal }) => {
      const known = new Map<string | null, Run>();
      for (let from = 0; from < ids.length; from += PAGE) {
        const query = { deployment: ids.slice(from, from + PAGE) };
        const asked = api.GET("/api/deployments/last-runs", { params: { query }, signal });
        for (const run of await answered(asked)) known.set(run.deployment, run);
      }
      return known;
    },
    placeholderData: keepPreviousData,
  });
}

export function runsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: [...DEPLOYMENTS, id, "runs"],
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { deployment: [id], cursor };
      return answered(api.GET("/api/flow-runs", { params: { query }, signal }));
    },
    ...pagesOf<Run>(),
    select: itemsOf<Run>,
  });
}

/** The run whose parameters are filled in at first, if there is one. */
export function likeQuery(id: string | undefined) {
  const params = { path: { id: id ?? "" } };
  return queryOptions({
    queryKey: ["run", "details", id],
    queryFn: ({ signal }) =>
      exactly(api.GET("/api/flow-runs/{id}", { params, signal, ...AS_TEXT })),
    enabled: id !== undefined,
  });
}

/** When a rule would have flows run that nobody has saved yet. */
export function previewQuery(rule: Rule | null, timezone: string) {
  return queryOptions({
    queryKey: ["schedules", "preview", rule, timezone],
    queryFn: ({ signal }) => {
      const body = { rule: rule as Rule, timezone, limit: 5 };
      return answered(api.POST("/api/schedules/preview", { body, signal }));
    },
    enabled: rule !== null,
    retry: false,
    placeholderData: keepPreviousData,
  });
}
