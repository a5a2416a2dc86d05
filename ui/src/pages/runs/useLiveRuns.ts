import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Run } from "../../api/types";
import { useLive } from "../../api/useLive";
import { useGathered } from "../../browser/useGathered";
import { findRuns, type RunsPart, runsQuery } from "./queries";
import type { RunsSearch } from "./search";

const ROWS_EVERY_MS = 500;
const COUNTS_EVERY_MS = 2_000;
/** What one question may ask for; what a busy log tells beyond that is seen at the next look. */
const AT_ONCE = 100;
const RUN = "peninsula.flow-run.";

interface Live {
  /** How many runs have begun that are not shown yet. */
  fresh: number;
  /** Show them. */
  show: () => void;
}

type Rows = InfiniteData<RunsPart>;

/** Keep the rows on screen true, and count what would come above them. */
export function useLiveRuns(search: RunsSearch, shown: readonly Run[]): Live {
  const queryClient = useQueryClient();
  const { queryKey } = runsQuery(search);
  const fresh = useFresh(search);
  const look = useGathered<string>(async (changed) => {
    const underWay = queryClient.isFetching({ queryKey }) > 0;
    const known = new Set(shown.map(({ id }) => id));
    const answers = await Promise.all([
      findRuns([...changed].filter((id) => known.has(id)).slice(-AT_ONCE)),
      findRuns([...changed].filter((id) => !known.has(id)).slice(-AT_ONCE), search),
    ]).catch(() => null);
    if (answers === null) {
      // Nobody tells of them again. The list is asked for as a whole, again and again where it must be.
      void queryClient.invalidateQueries({ queryKey });
      return;
    }
    const [runs, more] = answers;
    queryClient.setQueryData<Rows>(queryKey, (rows) => rows && patched(rows, runs));
    if (more.length === 0 || !mayMove()) fresh.add(more);
    // What is under way comes first: broken off each time, it would never come.
    else void queryClient.invalidateQueries({ queryKey }, { cancelRefetch: false });
    // It may have been answered before what is new happened, and would take its place.
    if (underWay) look(changed);
  }, ROWS_EVERY_MS);
  const recount = useGathered<string>(() => {
    void queryClient.invalidateQueries({ queryKey: ["runs", "counts"] });
    void queryClient.invalidateQueries({ queryKey: ["runs", "history"] });
  }, COUNTS_EVERY_MS);
  useLive({ name: [`${RUN}*`] }, (events) => {
    const changed = events.map(({ resource }) => resource.id).filter((id) => id.startsWith(RUN));
    if (changed.length === 0) return;
    look(changed.map((id) => id.slice(RUN.length)));
    recount(changed);
  });
  const show = () => {
    fresh.forget();
    scrollTo({ top: 0 });
    void queryClient.resetQueries({ queryKey });
  };
  return { fresh: fresh.size, show };
}

/** Whether rows may come above those on screen: nobody has gone down, nor points at one. */
function mayMove(): boolean {
  return scrollY === 0 && document.querySelector("[role=rowgroup]:hover") === null;
}

/** Runs that have come since these filters were chosen. */
function useFresh(search: RunsSearch) {
  const chosen = JSON.stringify(search);
  const [fresh, setFresh] = useState({ chosen, ids: new Set<string>() });
  const ids = fresh.chosen === chosen ? fresh.ids : new Set<string>();
  return {
    size: ids.size,
    add: (runs: Run[]) => {
      if (runs.length === 0) return;
      setFresh((before) => {
        const known = before.chosen === chosen ? before.ids : [];
        return { chosen, ids: new Set([...known, ...runs.map(({ id }) => id)]) };
      });
    },
    forget: () => setFresh({ chosen, ids: new Set() }),
  };
}

function patched(rows: Rows, runs: Run[]): Rows {
  const now = new Map(runs.map((run) => [run.id, run]));
  return {
    ...rows,
    pages: rows.pages.map((page) => ({
      ...page,
      items: page.items.map((run) => now.get(run.id) ?? run),
    })),
  };
}
