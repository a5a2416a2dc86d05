import { type InfiniteData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useEffectEvent } from "react";
import { useRefreshed } from "../../api/useRefreshed";
import { whole } from "../../parts/numbers";
import { AT_ONCE_MS, followed } from "./followed";
import styles from "./Newer.module.css";
import { type EventsPart, listOf, newerQuery, type Wanted } from "./queries";

interface Followed {
  wanted: Wanted;
  /** How far the log went when the list was asked for. */
  head: number;
  /** Nobody reads the list just now: what is new may come in by itself. */
  isIdle: () => boolean;
  onTake: () => void;
}

/** Follow the log: says how many are new, and brings them when asked to, so that nothing moves before. */
export function Newer({ wanted, head, isIdle, onTake }: Followed) {
  const queryClient = useQueryClient();
  const newer = newerQuery(wanted, head);
  const { data: count = 0 } = useQuery(newer);
  useRefreshed(newer.queryKey, followed(wanted.q), AT_ONCE_MS);
  const take = () => {
    const { queryKey } = listOf(wanted);
    queryClient.setQueryData<InfiniteData<EventsPart>>(queryKey, firstOnly);
    void queryClient.invalidateQueries({ queryKey });
    void queryClient.invalidateQueries({ queryKey: ["events", "facets"] });
    onTake();
  };
  const come = useEffectEvent(() => isIdle() && take());
  useEffect(() => {
    if (count > 0) come();
  }, [count]);
  return (
    <div role="status" className={styles.newer}>
      {count > 0 && (
        <button
          type="button"
          onClick={() => {
            scrollTo({ top: 0 });
            take();
          }}
        >
          ↑ {whole(count)} new
        </button>
      )}
    </div>
  );
}

/** What came meanwhile moves the pages: begin with the first one again. */
function firstOnly(
  data: InfiniteData<EventsPart> | undefined,
): InfiniteData<EventsPart> | undefined {
  return data && { pages: data.pages.slice(0, 1), pageParams: data.pageParams.slice(0, 1) };
}
