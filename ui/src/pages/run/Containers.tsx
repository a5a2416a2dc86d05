import { useQuery } from "@tanstack/react-query";
import { asRecord } from "../../parts/events";
import { Problem } from "../../parts/Problem";
import { type Life, livesOf, podOf } from "./data/infrastructure";
import styles from "./Infrastructure.module.css";
import { podQuery } from "./queries";
import type { Change, RunSearch } from "./search";

interface Shown {
  /** Its address. */
  pod: string;
  /** The event that was told of it last. */
  last: number;
  search: RunSearch;
  onChange: Change;
}

/** The containers of a pod, also those that were restarted: the log below shows what one printed. */
export function Containers({ pod, last, search, onChange }: Shown) {
  const { data, error, refetch } = useQuery(podQuery(pod, last));
  if (error !== null && data === undefined) return <Problem error={error} retry={refetch} />;
  const told = data?.map(({ event, payload }) => ({ event, payload: asRecord(payload) }));
  const lives = livesOf(podOf(pod) ?? "", told ?? []);
  if (lives.length === 0) return null;
  return (
    <fieldset className={styles.containers}>
      <legend>Logs of</legend>
      {lives.map((life) => (
        <button
          key={life.key}
          type="button"
          aria-pressed={life.key === search.from}
          onClick={() => onChange({ from: life.key === search.from ? undefined : life.key })}
        >
          {life.container} <span className="muted">{wordsOf(life)}</span>
        </button>
      ))}
    </fieldset>
  );
}

function wordsOf({ init, previous, restart, end }: Life): string {
  const which = previous ? "previous" : restart > 0 && `restart ${restart}`;
  return [init && "init container", which, end].filter(Boolean).join(" · ");
}
