import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Page, Run } from "../../api/types";
import { useLive } from "../../api/useLive";
import { useGathered } from "../../browser/useGathered";
import { findRuns, runsQuery } from "./queries";
import type { RunsSearch } from "./search";

const ROWS_EVERY_MS = 500;
const COUNTS_EVERY_MS = 2_000;
const AT_ONCE = 100;
const RUN = "peninsula.flow-run.";

interface Live {
  /** How many runs have begun that are not shown yet. */
  fresh: number;
  /** Show them. */
  show: () => void;
}

/** Keep the rows on screen true, and count what would come above them. */
export function useLiveRuns(search: RunsSearch, known: readonly Run[]): Live {
  const queryClient = useQueryClient();
  const { queryKey } = runsQuery(search);
  const [fresh, setFresh] = useState<{ of: RunsSearch; ids: ReadonlySet<string> }>();
  const ids = fresh?.of === search ? fresh.ids : new Set<string>();
  const patch = useGathered<string>(async (changed) => {
    const shown = new Set(known.map(({ id }) => id));
    const [old, unknown] = split(changed, shown);
    const [runs, more] = await Promise.all([
      look({ subflows: "yes", span: "30d" }, old),
      look(search, unknown),
    ]);
    queryClient.setQueryData<InfiniteData<Page<Run>>>(
      queryKey,
      (data) => data && patched(data, runs),
    );
    if (more.length > 0)
      setFresh({ of: search, ids: new Set([...ids, ...more.map(({ id }) => id)]) });
  }, ROWS_EVERY_MS);
  const recount = useGathered<string>(() => {
    void queryClient.invalidateQueries({ queryKey: ["runs", "counts"] });
    void queryClient.invalidateQueries({ queryKey: ["runs", "history"] });
  }, COUNTS_EVERY_MS);
  useLive({ name: [`${RUN}*`] }, (events) => {
    const changed = events.map(({ resource }) => resource.id).filter((id) => id.startsWith(RUN));
    if (changed.length === 0) return;
    patch(changed.map((id) => id.slice(RUN.length)));
    recount(changed);
  });
  const show = () => {
    setFresh(undefined);
    scrollTo({ top: 0 });
    void queryClient.resetQueries({ queryKey });
  };
  return { fresh: ids.size, show };
}

function split(ids: Set<string>, shown: Set<string>): [string[], string[]] {
  const all = [...ids];
  return [all.filter((id) => shown.has(id)), all.filter((id) => !shown.has(id))];
}

async function look(search: RunsSearch, ids: string[]): Promise<Run[]> {
  if (ids.length === 0) return [];
  const { items } = await findRuns(search, { id: ids.slice(-AT_ONCE), limit: AT_ONCE });
  return items;
}

function patched(data: InfiniteData<Page<Run>>, runs: Run[]): InfiniteData<Page<Run>> {
  const now = new Map(runs.map((run) => [run.id, run]));
  return {
    ...data,
    pages: data.pages.map((page) => ({
      ...page,
      items: page.items.map((run) => now.get(run.id) ?? run),
    })),
  };
}
