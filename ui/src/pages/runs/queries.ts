/** What the page asks of the runs. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import { pagesOf } from "../../api/pages";
import type { Run } from "../../api/types";
import { parseRange } from "../../browser/range";
import type { RunsSearch, Span } from "./search";

const HOURS: Record<Span, number> = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };
const DEFAULT_SPAN: Span = "7d";
const PAGE = 100;

export function spanOf({ span, t }: RunsSearch): Span | undefined {
  return t === undefined ? (span ?? DEFAULT_SPAN) : undefined;
}

export function runsQuery(search: RunsSearch) {
  return infiniteQueryOptions({
    queryKey: ["runs", "list", search],
    queryFn: ({ pageParam: cursor, signal }) => findRuns(search, { cursor, limit: PAGE }, signal),
    ...pagesOf<Run>(),
    placeholderData: keepPreviousData,
  });
}

/** How many there are in each state, whichever of them are shown. */
export function countsQuery({ state: _, ...search }: RunsSearch) {
  return queryOptions({
    queryKey: ["runs", "counts", search],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow-runs/counts", { params: { query: filters(search) }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function historyQuery(search: RunsSearch) {
  return queryOptions({
    queryKey: ["runs", "history", search],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow-runs/history", { params: { query: filters(search) }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function findRuns(
  search: RunsSearch,
  more: { id?: string[]; cursor?: string; limit: number },
  signal?: AbortSignal,
) {
  const query = { ...filters(search), ...more };
  return answered(api.GET("/api/flow-runs", { params: { query }, signal }));
}

function filters(search: RunsSearch) {
  const { state, flow, tag, q: name, subflows } = search;
  return {
    state,
    flow,
    tag,
    name,
    top: subflows === undefined ? true : undefined,
    ...time(search),
  };
}

function time(search: RunsSearch) {
  const range = parseRange(search.t);
  if (range) return { expected_after: range.from, expected_before: range.to };
  const hours = HOURS[spanOf(search) ?? DEFAULT_SPAN];
  return { expected_after: new Date(Date.now() - hours * 3_600_000).toISOString() };
}
