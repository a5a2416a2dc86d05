import type { ReactNode } from "react";
import type { Counted, FlowDetail, Run, StateType } from "../../api/types";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { amount, whole } from "../../parts/numbers";
import { runPath } from "../../parts/places";
import { faceOf, STATE_TYPES, wordOf } from "../../parts/states";
import { Ago } from "../../parts/Time";
import { duration } from "../../parts/times";
import styles from "./Figures.module.css";

/** The flow in numbers: its runs, and how long they take. */
export function Figures({ flow }: { flow: FlowDetail }) {
  const { runs, types, judged, p50, p95, last_success, last_failure } = flow;
  const of = runs.count > judged ? ` of its newest ${whole(judged)}` : "";
  return (
    <dl className={styles.figures}>
      <Figure name="Runs">{amount(runs)}</Figure>
      {STATE_TYPES.map((type) => {
        const counted = types[type];
        return (
          counted && (
            <Figure key={type} name={wordOf(type)}>
              <Count type={type} counted={counted} />
            </Figure>
          )
        );
      })}
      <Figure name={`Median${of}`}>{p50 === null ? "–" : duration(p50)}</Figure>
      <Figure name={`95th percentile${of}`}>{p95 === null ? "–" : duration(p95)}</Figure>
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

function Count({ type, counted }: { type: StateType; counted: Counted }) {
  const { tone, icon } = faceOf({ type });
  return (
    <span data-tone={tone}>
      <Icon name={icon} /> {amount(counted)}
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
