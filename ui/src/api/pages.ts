/** Lists come in pages: how `useInfiniteQuery` goes on from one to the next. */
import type { InfiniteData } from "@tanstack/react-query";
import type { Page } from "./types";

export function pagesOf<T>() {
  return {
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last: Page<T>) => last.next ?? undefined,
  };
}

export function itemsOf<T>(data: InfiniteData<Page<T>>): T[] {
  return data.pages.flatMap(({ items }) => items);
}
