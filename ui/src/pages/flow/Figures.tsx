import type { ReactNode } from "react";
import type { FlowDetail, Run, StateType } from "../../api/types";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { runPath } from "../../parts/places";
import { faceOf, STATE_TYPES, wordOf } from "../../parts/states";
import { Ago } from "../../parts/Time";
import { duration } from "../../parts/times";
import styles from "./Figures.module.css";

/** The flow in numbers, of its newest 1,000 runs. */
export function Figures({ flow }: { flow: FlowDetail }) {
  const { runs, types, p50, p95, last_success, last_failure } = flow;
  return (
    <dl className={styles.figures}>
      <Figure name="Runs">{whole(runs)}</Figure>
      {STATE_TYPES.filter((type) => types[type]).map((type) => (
        <Figure key={type} name={wordOf(type)}>
          <Count type={type} count={types[type] ?? 0} />
        </Figure>
      ))}
      <Figure name="Median">{p50 === null ? "–" : duration(p50)}</Figure>
      <Figure name="95th percentile">{p95 === null ? "–" : duration(p95)}</Figure>
      <Figure name="Last success">{last_success && <Newest run={last_success} />}</Figure>
      <Figure name="Last failure">{last_failure && <Newest run={last_failure} />}</Figure>
    </dl>
  );
}

function Figure({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children ?? <span className="muted">none</span>}</dd>
    </div>
  );
}

function Count({ type, count }: { type: StateType; count: number }) {
  const { tone, icon } = faceOf({ type });
  return (
    <span data-tone={tone}>
      <Icon name={icon} /> {whole(count)}
    </span>
  );
}

function Newest({ run }: { run: Run }) {
  return (
    <Go to={runPath(run.id)} title={run.name}>
      <Ago at={run.ended ?? run.expected} />
    </Go>
  );
}
