/** What the pages of blocks ask of the API. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { Block, BlockActivity, BlockType } from "../../api/types";
import { resourceOfBlock } from "../../parts/resources";
import type { BlocksSearch } from "./search";

/** As many as one answer says what runs did with them. */
const PAGE = 100;
const TYPES = 200;

export function blocksQuery({ q: text, type }: BlocksSearch) {
  return infiniteQueryOptions({
    queryKey: ["blocks", "list", text, type],
    queryFn: ({ pageParam: cursor, signal }) => {
      const query = { text, type, cursor, limit: PAGE };
      return answered(api.GET("/api/blocks", { params: { query }, signal }));
    },
    ...pagesOf<Block>(),
    select: itemsOf<Block>,
    placeholderData: keepPreviousData,
  });
}

/** What runs did with some blocks, by their id. */
export function activityQuery(ids: readonly string[]) {
  return queryOptions({
    queryKey: ["blocks", "activity", ids],
    queryFn: ({ signal }) => askActivity(ids, signal),
    select: (found) => new Map(found.map((one) => [one.block, one])),
    placeholderData: keepPreviousData,
    enabled: ids.length > 0,
  });
}

async function askActivity(ids: readonly string[], signal: AbortSignal): Promise<BlockActivity[]> {
  const parts = Array.from({ length: Math.ceil(ids.length / PAGE) }, (_, part) =>
    ids.slice(part * PAGE, (part + 1) * PAGE),
  );
  const told = await Promise.all(
    parts.map((id) =>
      answered(api.GET("/api/block-activity", { params: { query: { id } }, signal })),
    ),
  );
  return told.flat();
}

export const typesQuery = queryOptions({
  queryKey: ["block-types"],
  queryFn: ({ signal }) =>
    exactly(
      api.GET("/api/block-types", { params: { query: { limit: TYPES } }, signal, ...AS_TEXT }),
    ),
  select: ({ items }): BlockType[] => items,
  staleTime: 30_000,
});

export function typeQuery(slug: string) {
  return queryOptions({
    queryKey: ["block-types", slug],
    queryFn: ({ signal }) =>
      exactly(
        api.GET("/api/block-types/{slug}", { params: { path: { slug } }, signal, ...AS_TEXT }),
      ),
  });
}

export function blockQuery(id: string) {
  return queryOptions({
    queryKey: ["blocks", id],
    queryFn: ({ signal }) =>
      exactly(api.GET("/api/blocks/{id}", { params: { path: { id } }, signal, ...AS_TEXT })),
  });
}

const CHANGES = 100;

/** How some blocks were changed, the last first. */
export function changesQuery(ids: readonly string[]) {
  const about = ids.map((id) => `resource:${resourceOfBlock(id)}`).join(" ");
  const query = {
    q: `${about} type:peninsula.block-document.created type:peninsula.block-document.updated`,
    limit: CHANGES,
  };
  return queryOptions({
    queryKey: ["resource", "changes", ids],
    queryFn: ({ signal }) => answered(api.GET("/api/events", { params: { query }, signal })),
    select: ({ items }) => items,
  });
}
