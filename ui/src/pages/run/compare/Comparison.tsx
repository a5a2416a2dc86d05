import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import type { RunEvents, RunSummary, Timeline } from "../../../api/types";
import { Answer } from "../../../parts/Answer";
import { Card } from "../../../parts/Card";
import { Go } from "../../../parts/Go";
import { Icon } from "../../../parts/Icon";
import { whole } from "../../../parts/numbers";
import { runPath } from "../../../parts/places";
import { ResourceLink } from "../../../parts/ResourceLink";
import { duration } from "../../../parts/times";
import { eventsQuery, timelineQuery } from "../columnsQuery";
import { readEvents } from "../data/happenings";
import { readTimeline, topOf } from "../data/runs";
import { summaryQuery } from "../queries";
import type { Change } from "../search";
import type { RunScene } from "../useScene";
import styles from "./Comparison.module.css";
import { type Calls, comparedSystems, comparedTasks, newNames, type Touches } from "./compared";

interface Shown {
  scene: RunScene;
  /** Id of the other run. */
  other: string;
  onChange: Change;
}

/** What was otherwise in another run of the flow or task. */
export function Comparison({ scene, other, onChange }: Shown) {
  const run = { ...topOf(scene.runs), id: other };
  const summary = useQuery(summaryQuery(other));
  const timeline = useQuery(timelineQuery(run));
  const events = useQuery(eventsQuery(run));
  return (
    <div className={styles.comparison}>
      <Answer query={summary}>
        {(there) => (
          <Card title={<Title there={there} />} actions={<Close onChange={onChange} />}>
            <Answer query={timeline}>
              {(runs) => (
                <Answer query={events}>
                  {(told) => <Tables scene={scene} timeline={runs} events={told} />}
                </Answer>
              )}
            </Answer>
          </Card>
        )}
      </Answer>
    </div>
  );
}

function Title({ there: { run } }: { there: RunSummary }) {
  return (
    <>
      Compared with <Go to={runPath(run.id)}>{run.name}</Go>, {run.state.name.toLowerCase()}
    </>
  );
}

function Close({ onChange }: { onChange: Change }) {
  return (
    <button type="button" aria-label="End comparing" onClick={() => onChange({ with: undefined })}>
      <Icon name="cross" />
    </button>
  );
}

const MOST = 30;

interface Told {
  scene: RunScene;
  timeline: readonly Timeline[];
  events: readonly RunEvents[];
}

function Tables({ scene, timeline, events }: Told) {
  const there = useMemo(() => readTimeline(timeline), [timeline]);
  const happened = useMemo(() => readEvents(events, there, undefined), [events, there]);
  const tasks = useMemo(
    () => comparedTasks(scene.runs, there, scene.now),
    [scene.runs, there, scene.now],
  );
  const systems = comparedSystems(scene.happenings, happened);
  return (
    <div className={styles.tables}>
      <Table titles={["Task", "Here", "There", "Difference"]}>
        {tasks.slice(0, MOST).map(({ name, here: mine, there: its }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>{said(mine)}</td>
            <td>{said(its)}</td>
            <td>{difference(mine, its)}</td>
          </tr>
        ))}
      </Table>
      <Table titles={["System", "Here", "There", "Only here"]}>
        {systems.slice(0, MOST).map((system) => (
          <tr key={system.name}>
            <th scope="row">
              <ResourceLink id={system.name} />
            </th>
            <td>{touched(system.here)}</td>
            <td>{touched(system.there)}</td>
            <td>{newNames(system).join(", ") || <span className="muted">–</span>}</td>
          </tr>
        ))}
      </Table>
    </div>
  );
}

function Table({ titles, children }: { titles: readonly string[]; children: ReactNode }) {
  return (
    <table>
      <thead>
        <tr>
          {titles.map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}

function said(calls: Calls | null): ReactNode {
  if (calls === null) return <span className="muted">not run</span>;
  const { count, failed, took } = calls;
  return (
    <>
      {count > 1 && `${whole(count)} × `}
      {duration(took / count)}
      {failed > 0 && (
        <span data-tone="bad">
          {" "}
          <Icon name="cross" size={10} /> {whole(failed)} failed
        </span>
      )}
    </>
  );
}

function touched(touches: Touches | null): ReactNode {
  if (touches === null) return <span className="muted">not touched</span>;
  return `${whole(touches.events)} ${touches.events === 1 ? "event" : "events"}`;
}

/** How much longer or shorter one call took. */
function difference(here: Calls | null, there: Calls | null): ReactNode {
  if (here === null || there === null) return <span className="muted">–</span>;
  const [mine, its] = [here.took / here.count, there.took / there.count];
  if (Math.abs(mine - its) < 0.05 * Math.max(mine, its))
    return <span className="muted">alike</span>;
  return `${duration(Math.abs(mine - its))} ${mine > its ? "longer" : "shorter"}`;
}
