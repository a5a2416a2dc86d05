import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent, useRef } from "react";
import type { LiveFilter } from "./live";
import { isBehind } from "./queries";
import { useLive } from "./useLive";

const PAUSE_MS = 2_000;

/** Ask again what is on screen when the log has something new of it: at once, but not at each batch. */
export function useRefreshed(queryKey: QueryKey, filter: LiveFilter, pause = PAUSE_MS): void {
  const queryClient = useQueryClient();
  const asked = useRef(Number.NEGATIVE_INFINITY);
  const here = useRef(true);
  const due = useRef<ReturnType<typeof setTimeout>>(undefined);
  const soon = () => {
    const wait = Math.max(0, asked.current + pause - performance.now());
    due.current ??= setTimeout(ask, wait);
  };
  const ask = async () => {
    due.current = undefined;
    asked.current = performance.now();
    const underWay = queryClient.isFetching({ queryKey }) > 0;
    // What is under way comes first: broken off each time, it would never come.
    await queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false });
    // It may have been answered before what is new happened, and nothing may follow.
    if (underWay && here.current) soon();
  };
  useLive(filter, soon);
  const begin = useEffectEvent(() => {
    const shown = queryClient.getQueryCache().findAll({ queryKey, type: "active" });
    if (shown.some(isBehind)) soon();
  });
  useEffect(() => {
    here.current = true;
    begin();
    return () => {
      here.current = false;
      clearTimeout(due.current);
      due.current = undefined;
    };
  }, []);
}
