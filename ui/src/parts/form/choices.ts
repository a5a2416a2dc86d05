/** What a field of a form may be set to. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { Block } from "../../api/types";

const MOST = 200;

/** Blocks of one type, to choose one. */
export function choicesQuery(type: string) {
  const query = { type: [type], limit: MOST };
  return queryOptions({
    queryKey: ["blocks", "choices", type],
    queryFn: ({ signal }) => answered(api.GET("/api/blocks", { params: { query }, signal })),
    select: ({ items }): Block[] => items,
  });
}
