/** What the pages of resources ask of the API. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { ResourceEntry } from "../../api/types";
import type { ResourcesSearch } from "./search";

const PAGE = 100;
const FEW = 12;

export function resourcesQuery({ q: text, kind, system }: ResourcesSearch) {
  return infiniteQueryOptions({
    queryKey: ["resources", text, kind, system],
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { text, kind, system, cursor, limit: PAGE };
      return answered(api.GET("/api/resources", { params: { query }, signal }));
    },
    ...pagesOf<ResourceEntry>(),
    select: itemsOf<ResourceEntry>,
    placeholderData: keepPreviousData,
  });
}

/** Systems outside, of which there are few: they come first where all is listed. */
export const systemsQuery = queryOptions({
  queryKey: ["resources", "systems"],
  queryFn: ({ signal }) => {
    const query = { systems: true, limit: PAGE };
    return answered(api.GET("/api/resources", { params: { query }, signal }));
  },
  select: ({ items }) => items,
});

/** What kinds of resources there are. */
export const kindsQuery = queryOptions({
  queryKey: ["resources", "kinds"],
  queryFn: ({ signal }) => answered(api.GET("/api/resources/kinds", { signal })),
  select: ({ kinds }) => kinds,
  staleTime: 60_000,
});

/** What is in it, of a system. */
export function insideQuery(system: string) {
  return queryOptions({
    queryKey: ["resources", "inside", system],
    queryFn: ({ signal }) => {
      const query = { system, limit: FEW };
      return answered(api.GET("/api/resources", { params: { query }, signal }));
    },
    select: ({ items }) => items.filter(({ id }) => id !== system),
  });
}
