import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { Run, Schemas } from "../../api/types";
import { Card } from "../../parts/Card";
import { EventDetail } from "../../parts/EventDetail";
import { Facts } from "../../parts/Facts";
import { Go } from "../../parts/Go";
import { whole } from "../../parts/numbers";
import { runPath } from "../../parts/places";
import { ResourceLink } from "../../parts/ResourceLink";
import { StateBadge } from "../../parts/StateBadge";
import { isOver } from "../../parts/states";
import { Duration, Time } from "../../parts/Time";
import { duration } from "../../parts/times";
import { at } from "./data/columns";
import { endOf, type Runs, startOf, stateOf } from "./data/runs";
import { detailsQuery, eventQuery, usualQuery } from "./queries";
import styles from "./Selection.module.css";
import type { Change } from "./search";
import { type Alike, neighbours, systemsOf, usualOf } from "./touched";
import type { RunScene } from "./useScene";

interface Shown {
  scene: RunScene;
  onChange: Change;
}

/** What is selected, in full: an event, a run, or many of one task. */
export function Selection({ scene, onChange }: Shown) {
  const row = scene.rows[scene.selected];
  if (scene.event >= 0) {
    return <EventCard position={at(scene.happenings.events, scene.event).position} />;
  }
  if (row?.kind === "run") return <RunCard scene={scene} run={row.run} onChange={onChange} />;
  if (row?.kind === "group") {
    return <GroupCard scene={scene} label={row.label} members={row.members} />;
  }
  if (row?.kind === "lane") {
    return (
      <Card title="System">
        <Facts
          facts={[
            ["System", <ResourceLink key="system" id={row.lane.system} />],
            ["Kind", row.lane.kind],
            ["Events here", whole(row.lane.events.length)],
          ]}
        />
      </Card>
    );
  }
  return (
    <Card title="Selection">
      <p className="muted">
        Select a row, an event or a log line: what is known of it stands here. <kbd>f</kbd> goes to
        the next failure.
      </p>
    </Card>
  );
}

function RunCard({ scene, run, onChange }: Shown & { run: number }) {
  const { runs } = scene;
  const id = at(runs.ids, run);
  const { data } = useQuery(detailsQuery(id, runs.isFlow[run] === 1));
  if (data === undefined) return <Card title={runs.name(run)}>Loading …</Card>;
  return (
    <Card title={data.name} actions={<StateBadge state={data.state} />}>
      <RunFacts scene={scene} run={run} data={data} onChange={onChange} />
      {data.state.message && <Text label="Message">{data.state.message}</Text>}
      <Parameters run={data} />
    </Card>
  );
}

function RunFacts({ scene, run, data, onChange }: Shown & { run: number; data: Run }) {
  const { runs } = scene;
  const { data: usual } = useQuery(usualQuery(data.id, data.kind === "flow-run"));
  const took = (endOf(runs, run, scene.now) - startOf(runs, run)) / 1e6;
  const over = isOver(data.state.type);
  const waited = (startOf(runs, run) - at(runs.begun, run)) / 1e6;
  return (
    <Facts
      facts={[
        [data.task === null ? "Flow" : "Task", data.task ?? data.flow],
        ["Attempt", `${data.attempts} of ${data.retries + 1}`],
        ["Began", <Time key="began" at={data.started ?? data.expected} />],
        ["Waited", waited >= 0.001 ? duration(waited) : null],
        [
          "Took",
          <Duration
            key="took"
            from={data.started}
            to={over ? (data.ended ?? data.started) : null}
          />,
        ],
        ["Against usual", over && usual ? against(took, usual, usualOf(scene, run)) : null],
        ["Touched", <Touched key="touched" scene={scene} run={run} />],
        [
          "Inputs",
          <Linked key="in" runs={runs} of={neighbours(runs, run).before} onChange={onChange} />,
        ],
        [
          "Used by",
          <Linked key="out" runs={runs} of={neighbours(runs, run).after} onChange={onChange} />,
        ],
        ["Tags", data.tags.join(", ")],
        ["Code", data.code],
        ["Process", data.process],
        [
          "Page",
          data.kind === "flow-run" && run > 0 ? (
            <Go key="page" to={runPath(data.id)}>
              Open
            </Go>
          ) : null,
        ],
      ]}
    />
  );
}

type Usual = Schemas["Usual"];

/** `2.1× its usual 3.2s`; what never ran before is held against its like in this run. */
function against(took: number, { p50, runs }: Usual, here: Alike | null): ReactNode {
  if (p50 !== null) {
    const title = `Half of ${whole(runs)} earlier ones took less than ${duration(p50)}`;
    return <span title={title}>{times(took, p50, `its usual ${duration(p50)}`)}</span>;
  }
  if (here === null) return null;
  const { median, count } = here;
  return times(took, median, `the median of ${count} others here, ${duration(median)}`);
}

/** Seconds below which one is as good as another. */
const LEAST = 0.001;

function times(took: number, usual: number, word: string): string {
  const ratio = Math.max(took, LEAST) / Math.max(usual, LEAST);
  return ratio > 0.95 && ratio < 1.05 ? `as ${word}` : `${ratio.toFixed(1)}× ${word}`;
}

function Touched({ scene, run }: { scene: RunScene; run: number }) {
  const systems = systemsOf(scene, run);
  if (systems.length === 0) return <span className="muted">nothing that was seen</span>;
  return systems.map(({ system, count, names }) => (
    <div key={system} className={styles.touched} title={names.join("\n")}>
      <ResourceLink id={system} /> <span className="muted">×{count}</span>
    </div>
  ));
}

const FEW = 8;

function Linked({ runs, of, onChange }: { runs: Runs; of: number[]; onChange: Change }) {
  if (of.length === 0) return <span className="muted">none</span>;
  return (
    <>
      {of.slice(0, FEW).map((run) => (
        <button
          key={run}
          type="button"
          className={styles.link}
          onClick={() => onChange({ sel: runs.ids[run], event: undefined, at: undefined })}
        >
          {runs.name(run)}
        </button>
      ))}
      {of.length > FEW && <span className="muted"> and {of.length - FEW} more</span>}
    </>
  );
}

/** A text that may be long: it scrolls by itself, and the keys reach it. */
function Text({ label, children }: { label: string; children: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keys
    <section aria-label={label} tabIndex={0} className={styles.text}>
      <pre>{children}</pre>
    </section>
  );
}

function Parameters({ run }: { run: Run }) {
  const parameters = (run.parameters ?? {}) as Record<string, unknown>;
  if (Object.keys(parameters).length === 0) return null;
  return (
    <>
      <h3 className={styles.title}>Parameters</h3>
      <Text label="Parameters">{JSON.stringify(parameters, null, 2)}</Text>
    </>
  );
}

function GroupCard({
  scene,
  label,
  members,
}: {
  scene: RunScene;
  label: string;
  members: readonly number[];
}) {
  const { runs, now } = scene;
  const states = useMemo(() => countsOf(runs, members), [runs, members]);
  const took = useMemo(() => tookOf(runs, members, now), [runs, members, now]);
  return (
    <Card title={`${label} ×${whole(members.length)}`}>
      <Facts
        facts={[
          ...[...states].map(([name, count]): [string, string] => [name, whole(count)]),
          ["Shortest", duration((took[0] ?? 0) / 1e6)],
          ["Median", duration((took[took.length >> 1] ?? 0) / 1e6)],
          ["Longest", duration((took.at(-1) ?? 0) / 1e6)],
        ]}
      />
    </Card>
  );
}

/** Runs by the name of their state. */
function countsOf(runs: Runs, members: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const run of members) {
    const { name } = stateOf(runs, run);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

/** How long each took, the shortest first. */
function tookOf(runs: Runs, members: readonly number[], now: number): Float64Array {
  return Float64Array.from(members, (run) => endOf(runs, run, now) - startOf(runs, run)).sort();
}

function EventCard({ position }: { position: number }) {
  const { data } = useQuery(eventQuery(position));
  if (data === undefined) return <Card title="Event">Loading …</Card>;
  if (data === null) return <Card title="Event">The log does not have this event any more.</Card>;
  return (
    <Card title={data.event}>
      <EventDetail event={data} />
    </Card>
  );
}
