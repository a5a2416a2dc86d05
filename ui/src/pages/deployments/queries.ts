/** What the pages of deployments ask of the API. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
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
      answered(api.GET("/api/deployments/{id}", { params: { path: { id } }, signal })),
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
    queryFn: ({ signal }) => answered(api.GET("/api/flow-runs/{id}", { params, signal })),
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
