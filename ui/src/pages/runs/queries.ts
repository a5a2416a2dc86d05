/** What the page asks of the runs. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { Page, Run } from "../../api/types";
import { parseRange } from "../../browser/range";
import { type Span, windowOf } from "../../parts/spans";
import type { RunsSearch } from "./search";

const DEFAULT_SPAN: Span = "7d";
const PAGE = 100;

/** What was due in it or went on in it: not over when it began. */
interface Time {
  active_after: string;
  expected_before?: string;
}

/** A page of runs, and which time was asked for: a cursor holds for that alone. */
export interface RunsPart extends Page<Run> {
  time: Time;
}

export function spanOf({ span, t }: RunsSearch): Span | undefined {
  return t === undefined ? (span ?? DEFAULT_SPAN) : undefined;
}

export function runsQuery(search: RunsSearch) {
  return infiniteQueryOptions({
    queryKey: ["runs", "list", search],
    queryFn: async ({ pageParam, signal }): Promise<RunsPart> => {
      const { time, cursor } = pageParam ?? { time: timeOf(search), cursor: undefined };
      const query = { ...namesOf(search), ...time, cursor, limit: PAGE };
      const page = await answered(api.GET("/api/flow-runs", { params: { query }, signal }));
      return { ...page, time };
    },
    initialPageParam: undefined as { time: Time; cursor: string } | undefined,
    getNextPageParam: ({ time, next }) => (next === null ? undefined : { time, cursor: next }),
    placeholderData: keepPreviousData,
  });
}

/** How many there are in each state, whichever of them are shown. */
export function countsQuery({ state: _, ...search }: RunsSearch) {
  return queryOptions({
    queryKey: ["runs", "counts", search],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow-runs/counts", { params: { query: filtersOf(search) }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function historyQuery(search: RunsSearch) {
  return queryOptions({
    queryKey: ["runs", "history", search],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow-runs/history", { params: { query: filtersOf(search) }, signal })),
    placeholderData: keepPreviousData,
  });
}

/** Those of these runs that the filters take; without filters all that there are. */
export async function findRuns(id: string[], search?: RunsSearch): Promise<Run[]> {
  if (id.length === 0) return [];
  const query = { ...(search && filtersOf(search)), id, limit: id.length };
  return (await answered(api.GET("/api/flow-runs", { params: { query } }))).items;
}

function filtersOf(search: RunsSearch) {
  return { ...namesOf(search), ...timeOf(search) };
}

function namesOf({ state, named, underWay, flow, tag, q: name, subflows }: RunsSearch) {
  const top = subflows === undefined ? true : undefined;
  const under_way = underWay === "yes" ? true : undefined;
  return { state, state_name: named, under_way, flow, tag, name, top };
}

function timeOf(search: RunsSearch): Time {
  const range = parseRange(search.t);
  if (range) return { active_after: range.from, expected_before: range.to };
  const { since } = windowOf(spanOf(search) ?? DEFAULT_SPAN, new Date());
  return { active_after: since.toISOString() };
}
