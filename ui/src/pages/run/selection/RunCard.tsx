import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { writeJson } from "../../../api/exact";
import type { Run } from "../../../api/types";
import { visible } from "../../../browser/visible";
import { Answer } from "../../../parts/Answer";
import { Card } from "../../../parts/Card";
import { Facts } from "../../../parts/Facts";
import { Go } from "../../../parts/Go";
import { Problem } from "../../../parts/Problem";
import { runPath } from "../../../parts/places";
import { ResourceLink } from "../../../parts/ResourceLink";
import { StateBadge } from "../../../parts/StateBadge";
import { isOver } from "../../../parts/states";
import { Time } from "../../../parts/Time";
import { Took } from "../../../parts/Took";
import { duration } from "../../../parts/times";
import { at } from "../data/columns";
import { type Runs, refOf, startOf } from "../data/runs";
import { detailsQuery, processQuery, usualQuery } from "../queries";
import type { Change } from "../search";
import type { RunScene } from "../useScene";
import { Attempts } from "./Attempts";
import styles from "./Selection.module.css";
import { Text } from "./Text";
import { neighbours, systemsOf } from "./touched";
import { against, tookOf, usualOf } from "./usual";

interface Shown {
  scene: RunScene;
  run: number;
  onChange: Change;
}

/** A run: how it did, how long it took, what it touched and what it was given. */
export function RunCard({ scene, run, onChange }: Shown) {
  const { runs } = scene;
  const query = useQuery(detailsQuery(refOf(runs, run)));
  const state = query.data?.state;
  return (
    <Card title={runs.name(run)} actions={state && <StateBadge state={state} />}>
      <Answer query={query}>
        {(data) => (
          <>
            <RunFacts scene={scene} run={run} data={data} onChange={onChange} />
            {data.state.message && <Text label="Message">{visible(data.state.message)}</Text>}
            {data.attempts > 1 && <Attempts run={data} />}
            <Parameters run={data} />
          </>
        )}
      </Answer>
    </Card>
  );
}

function RunFacts({ scene, run, data, onChange }: Shown & { data: Run }) {
  const { runs } = scene;
  const waited = (startOf(runs, run) - at(runs.begun, run)) / 1e6;
  return (
    <Facts
      facts={[
        [data.task === null ? "Flow" : "Task", data.task ?? data.flow],
        ["Attempt", `${data.attempts} of ${data.retries + 1}`],
        ["Began", <Time key="began" at={data.started ?? data.expected} />],
        ["Waited", waited >= 0.001 ? duration(waited) : null],
        ["Took", <Took key="took" run={data} />],
        ["Against usual", useUsual(scene, run, data)],
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
        ["Ran on", data.process && <Place key="place" run={data} />],
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

/** The host and process that it ran in. */
function Place({ run }: { run: Run }) {
  const { data } = useQuery(processQuery(run));
  if (data === undefined) return null;
  const { host, pid, user, command } = data;
  return (
    <span title={[`as ${user}`, command].filter(Boolean).join(": ")}>
      {host} <span className="muted">· process {pid}</span>
    </span>
  );
}

/** What it took against what is usual, once it is over; null where nothing is. */
function useUsual(scene: RunScene, run: number, told: Run): ReactNode {
  const over = isOver(told.state.type);
  const { data, error, refetch } = useQuery({ ...usualQuery(told), enabled: over });
  if (error !== null && data === undefined) return <Problem error={error} retry={refetch} />;
  if (!over || data === undefined) return null;
  const held = against(tookOf(scene.runs, run, scene.now), data, usualOf(scene, run));
  return held && <span title={held.title}>{held.says}</span>;
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

function Parameters({ run }: { run: Run }) {
  const parameters = (run.parameters ?? {}) as Record<string, unknown>;
  if (Object.keys(parameters).length === 0) return null;
  return (
    <>
      <h3 className={styles.title}>Parameters</h3>
      <Text label="Parameters">{visible(writeJson(parameters, 2))}</Text>
    </>
  );
}
