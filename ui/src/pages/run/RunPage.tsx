import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Navigate, useRouter } from "@tanstack/react-router";
import type { RunSummary } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { useKeys } from "../../browser/keyboard";
import { isPassing } from "../../browser/undone";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { runPath } from "../../parts/places";
import { isUuid } from "../../parts/resources";
import { hasFailed, isOver } from "../../parts/states";
import { useStill } from "../../parts/useStill";
import { Body } from "./Body";
import { Head } from "./Head";
import { keyOf, summaryQuery, whyQuery } from "./queries";
import type { Change, RunSearch } from "./search";
import { Why } from "./Why";

const route = getRouteApi("/frame/runs/$id");

/** What is zoomed, gone through, opened and typed. */
const PASSING = ["t", "sel", "event", "at", "open", "q", "find"];

/** One run: how it did, why it failed, what ran when, what was said, what happened outside. */
export function RunPage() {
  const { id } = route.useParams();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change: Change = (chosen) =>
    void navigate({
      search: (before) => ({ ...before, ...chosen }),
      replace: isPassing(chosen, PASSING),
      resetScroll: false,
    });
  const summary = useQuery(summaryQuery(id));
  const root = summary.data?.run.kind === "task-run" ? summary.data.run.root : id;
  // The id of a task run leads to the flow run that it is in, where it is selected.
  if (root !== id)
    return <Navigate to="/runs/$id" params={{ id: root }} search={{ sel: id }} replace />;
  return (
    <>
      {isUuid(id) && <Followed key={id} id={id} />}
      <Answer query={summary} sought={{ what: "run", command: "peninsula flow-run ls" }}>
        {(data) => <Run key={id} summary={data} search={search} onChange={change} />}
      </Answer>
    </>
  );
}

/** From the first, before anything has come: what is followed later opens the stream a second time. */
function Followed({ id }: { id: string }) {
  useRefreshed(keyOf(id), { run: [id] });
  return null;
}

interface Shown {
  summary: RunSummary;
  search: RunSearch;
  onChange: Change;
}

function Run({ summary, search, onChange }: Shown) {
  const { run } = summary;
  useTitle(`${run.name} · ${run.state.name}`);
  useBesideKeys(summary);
  const failed = hasFailed(run.state.type);
  const why = useQuery({ ...whyQuery(run), enabled: failed });
  // What is pointed at stays where it is when a run that is looked at fails: the head leads there.
  const { shown: explained, behind, release, hold } = useStill(failed);
  return (
    <>
      <Head
        summary={summary}
        search={search}
        onChange={onChange}
        toWhy={failed && behind ? () => reveal(release) : undefined}
      />
      {explained && (why.isPending || why.data) && (
        <Why why={why.data} summary={summary} onChange={onChange} />
      )}
      {explained && why.isLoadingError && <Answer query={why}>{() => null}</Answer>}
      <div {...hold}>
        <Body
          run={run}
          goesOn={!isOver(run.state.type)}
          why={explained ? why.data : undefined}
          search={search}
          onChange={onChange}
        />
      </div>
    </>
  );
}

/** Let the reasons come, and go to them: what led there is gone, and has the keys no more. */
function reveal(release: () => void): void {
  release();
  requestAnimationFrame(() => document.getElementById("why")?.focus());
}

function useBesideKeys({ run, previous, next }: RunSummary): void {
  const router = useRouter();
  const of = run.kind === "flow-run" ? "flow" : "task";
  const go = (id: string | null) => id !== null && void router.navigate({ href: runPath(id) });
  useKeys([
    { keys: "[", does: `Previous run of this ${of}`, run: () => go(previous) },
    { keys: "]", does: `Next run of this ${of}`, run: () => go(next) },
  ]);
}
