import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { RunSummary, StateType } from "../../api/types";
import { visible } from "../../browser/visible";
import { Copy } from "../../parts/Copy";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { counted, whole } from "../../parts/numbers";
import { PageHead, Title } from "../../parts/PageHead";
import { flowPath, runPath } from "../../parts/places";
import { StateBadge } from "../../parts/StateBadge";
import { FAILED_TYPES, isOver, wordOf } from "../../parts/states";
import { Time } from "../../parts/Time";
import { Took } from "../../parts/Took";
import { duration } from "../../parts/times";
import { Cancel } from "./Cancel";
import { eventsQuery } from "./columnsQuery";
import { systemsIn } from "./data/happenings";
import styles from "./Head.module.css";
import { Hold } from "./Hold";
import { Resume } from "./Resume";
import { Retry } from "./Retry";
import type { Change, RunSearch } from "./search";

interface Shown {
  summary: RunSummary;
  search: RunSearch;
  onChange: Change;
}

/** Which run it is, how it did, and what can be done about it. */
export function Head({ summary, search, onChange, toWhy }: Shown & { toWhy?: () => void }) {
  const { run, last_success: success } = summary;
  return (
    <>
      <Above summary={summary} />
      <PageHead
        title={
          <>
            <Title text={run.name} /> ·{" "}
            <Copy text={run.id} shown={run.id.slice(-8)} label="Copy the id" />
          </>
        }
        actions={
          <>
            {toWhy && (
              <button type="button" className={styles.why} onClick={toWhy}>
                <Icon name="cross" size={10} /> Why it failed
              </button>
            )}
            {success && (
              <button
                type="button"
                aria-pressed={search.with === success}
                onClick={() => onChange({ with: search.with === success ? undefined : success })}
              >
                Compare with last success
              </button>
            )}
            <Resume run={run} />
            <Hold summary={summary} />
            {run.root === run.id && <Retry summary={summary} />}
            {!isOver(run.state.type) && <Cancel run={run} />}
          </>
        }
      >
        <StateBadge state={run.state} pill />
        <Times summary={summary} />
        <Counts summary={summary} />
      </PageHead>
    </>
  );
}

const ALONE =
  "Its code started it, and its code retries it. Runs of a deployment (peninsula deploy) are started and retried from these pages.";

function Above({ summary }: { summary: RunSummary }) {
  const { run, previous, next } = summary;
  const ofTask = run.kind === "task-run";
  return (
    <nav aria-label={`Runs of this ${ofTask ? "task" : "flow"}`} className={styles.above}>
      <Go to="/runs">Runs</Go>
      {run.flow !== null && (
        <>
          <span className="muted">/</span>
          <Go to={flowPath(run.flow)}>{run.flow}</Go>
        </>
      )}
      {ofTask && <span className="muted">/ {visible(run.task ?? "")}, a task run of no flow</span>}
      {run.parent !== null && (
        <>
          <span className="muted">called by</span>
          <Go to={runPath(run.parent, { sel: run.id })}>
            {summary.parent_name ? visible(summary.parent_name) : "its parent"}
          </Go>
        </>
      )}
      {run.deployment === null && run.root === run.id && !ofTask && (
        // Also while it is under way: what is pointed at stays where it is when it fails.
        <span className="muted" title={ALONE}>
          of no deployment: deploy its flow to retry it from here
        </span>
      )}
      {run.deployment !== null && (
        <>
          <span className="muted">of</span>
          {summary.deployment_name === null ? (
            <span className="muted">
              a deployment that was deleted
              {!summary.startable && ": deploy the flow anew, or run it by code"}
            </span>
          ) : (
            <Link to="/deployments/$id" params={{ id: run.deployment }}>
              {visible(summary.deployment_name)}
            </Link>
          )}
        </>
      )}
      <span className={styles.beside}>
        {previous && (
          <Go to={runPath(previous)}>
            <kbd>[</kbd> previous
          </Go>
        )}
        {next && (
          <Go to={runPath(next)}>
            next <kbd>]</kbd>
          </Go>
        )}
      </span>
    </nav>
  );
}

function Times({ summary: { run, p50 } }: { summary: RunSummary }) {
  const over = isOver(run.state.type);
  return (
    <span>
      <Time at={run.started ?? run.expected} /> →{" "}
      {over && run.ended ? <Time at={run.ended} short /> : "…"} · <Took run={run} />
      {p50 !== null && (
        <span
          title={`Median of the ${run.kind === "flow-run" ? "newest completed runs of this flow" : "completed runs of this task before"}`}
        >
          {" "}
          (usually {duration(p50)})
        </span>
      )}
    </span>
  );
}

function Counts({ summary: { run, tasks, flows } }: { summary: RunSummary }) {
  // As the timeline has them: what an event only names beside another, as a credential, has no lane.
  const systems = systemsIn(useQuery(eventsQuery(run)).data ?? []);
  const hasRuns = run.kind === "flow-run" || total(tasks) + total(flows) > 0;
  return (
    <span>
      {hasRuns && toldOf(tasks, "task run")}
      {total(flows) > 0 && ` · ${toldOf(flows, "subflow")}`}
      {systems.length > 0 && (
        <>
          {hasRuns && " · "}
          <span data-tone="external" title={systems.join("\n")}>
            <Icon name="diamond" size={10} /> {counted(systems.length, "system")}
          </span>
        </>
      )}
    </span>
  );
}

type ByState = Partial<Record<StateType, number>>;

/** `4 task runs, 1 failed`: in which way each kind went ill. */
function toldOf(counts: ByState, one: string): string {
  const ill = FAILED_TYPES.flatMap((type) =>
    counts[type] ? [`${whole(counts[type])} ${wordOf(type).toLowerCase()}`] : [],
  );
  return [counted(total(counts), one), ...ill].join(", ");
}

function total(counts: ByState): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
