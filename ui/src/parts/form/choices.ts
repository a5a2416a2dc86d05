/** What a field of a form may be set to. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { Block } from "../../api/types";

const PAGE = 200;

/** Blocks of one type, to choose one. */
export function choicesQuery(type: string) {
  return queryOptions({
    queryKey: ["blocks", "choices", type],
    queryFn: ({ signal }) => everyBlock(type, signal),
  });
}

/** All of them: a choice that is missing in a list is a choice that is not there. */
async function everyBlock(type: string, signal: AbortSignal): Promise<Block[]> {
  const found: Block[] = [];
  let cursor: string | undefined;
  do {
    const query = { type: [type], limit: PAGE, cursor };
    const page = await answered(api.GET("/api/blocks", { params: { query }, signal }));
    found.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return found;
}
