/** What the page asks of the API. */
import { type InfiniteData, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { LoggedEvent, Page } from "../../api/types";
import type { TimeRange } from "../../parts/bins";
import type { Window } from "../../parts/spans";

export interface Wanted {
  q: string | undefined;
  after: string;
  /** Open for what happens now. */
  before: string | undefined;
}

const PAGE = 100;

/** A page of events; the first one knows how far the log went before it was asked for. */
export interface EventsPart extends Page<LoggedEvent> {
  head?: number;
}

export function listOf(wanted: Wanted) {
  return {
    queryKey: ["events", "list", wanted],
    queryFn: async ({ pageParam: cursor, signal }: Asked): Promise<EventsPart> => {
      const head = cursor === undefined ? await headOf(signal) : undefined;
      const params = { query: { ...wanted, limit: PAGE, cursor } };
      return { ...(await exactly(api.GET("/api/events", { params, signal, ...AS_TEXT }))), head };
    },
    ...pagesOf<LoggedEvent>(),
    placeholderData: keepPreviousData,
    select: (data: InfiniteData<EventsPart>) => ({
      rows: itemsOf(data),
      head: data.pages[0]?.head ?? 0,
    }),
  };
}

interface Asked {
  pageParam: string | undefined;
  signal: AbortSignal;
}

/** The last place of the log. */
async function headOf(signal: AbortSignal): Promise<number> {
  const last = { params: { query: { limit: 1 } }, signal };
  return (await answered(api.GET("/api/events", last))).items[0]?.position ?? 0;
}

export function facetsQuery(wanted: Wanted) {
  return queryOptions({
    queryKey: ["events", "facets", wanted],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/events/facets", { params: { query: wanted }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function histogramQuery(
  { since, until, step }: Window,
  q: string | undefined,
  by: "outcome" | "name",
) {
  const query = { q, by, step, after: since.toISOString(), before: until.toISOString() };
  return queryOptions({
    queryKey: ["events", "histogram", query],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/events/histogram", { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function comparisonQuery(q: string | undefined, range: TimeRange, base: TimeRange) {
  const query = {
    q,
    after: range.from.toISOString(),
    before: range.to.toISOString(),
    base_after: base.from.toISOString(),
    base_before: base.to.toISOString(),
  };
  return queryOptions({
    queryKey: ["events", "comparison", query],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/events/comparison", { params: { query }, signal })),
  });
}

/** How many came since the log went so far. */
export function newerQuery(wanted: Wanted, head: number) {
  const query = { ...wanted, since: head };
  return queryOptions({
    queryKey: ["events", "newer", query],
    queryFn: async ({ signal }) => {
      const asked = { params: { query: { ...query, by: "name" as const } }, signal };
      const { items } = await answered(api.GET("/api/events/counts", asked));
      return items.reduce((sum, { events }) => sum + events, 0);
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** An event that is open and not among those that the list has. */
export function eventQuery(id: string) {
  return queryOptions({
    queryKey: ["event", id],
    queryFn: ({ signal }) =>
      exactly(api.GET("/api/events/{id}", { params: { path: { id } }, signal, ...AS_TEXT })),
  });
}
