import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Counted, Overview, Run } from "../../api/types";
import { useNow } from "../../browser/useNow";
import { Card } from "../../parts/Card";
import { Go } from "../../parts/Go";
import { amount } from "../../parts/numbers";
import { flowPath, runPath } from "../../parts/places";
import { StateBadge } from "../../parts/StateBadge";
import { Ago, Time } from "../../parts/Time";
import { duration } from "../../parts/times";
import { useStill } from "../../parts/useStill";
import { STOP } from "../../parts/useStops";
import styles from "./Lists.module.css";

interface Listed {
  title: string;
  runs: Run[];
  count: Counted;
  /** Leads to all of them, where the list has only the first. */
  all: ReactNode;
  none: string;
  row: (run: Run) => ReactNode;
}

function List({ title, runs, count, all, none, row }: Listed) {
  const { shown, behind, hold } = useStill(runs);
  return (
    <div {...hold}>
      <Card
        title={title}
        actions={
          <span>
            <span className="muted">
              {behind ? "Something is new" : shown.length > 0 && amount(count)}
            </span>
            {count.count > runs.length && <> · {all}</>}
          </span>
        }
      >
        {shown.length === 0 && <p className="muted">{none}</p>}
        <ul className={styles.list}>
          {shown.map((run) => (
            <li key={run.id}>{row(run)}</li>
          ))}
        </ul>
      </Card>
    </div>
  );
}

interface Shown {
  overview: Overview;
}

/** What is under way, each with how far it seems to be. */
export function Running({ overview: { running, running_count, usual } }: Shown) {
  const row = (run: Run) => (
    <>
      <StateBadge state={run.state} />
      <Name run={run} />
      <Progress run={run} usual={usual[run.flow ?? ""]} />
    </>
  );
  return (
    <List
      title="Running"
      runs={running}
      count={running_count}
      all={
        <Link to="/runs" search={{ underWay: "yes" }}>
          all that run
        </Link>
      }
      none="Nothing is running."
      row={row}
    />
  );
}

/** What should have begun. */
export function Late({ overview: { late, late_count, due } }: Shown) {
  const row = (run: Run) => (
    <>
      <StateBadge state={run.state} />
      <Name run={run} />
      <LateBy due={due[run.id] ?? run.expected} />
    </>
  );
  return (
    <List
      title="Late"
      runs={late}
      count={late_count}
      all={
        <Link to="/runs" search={{ named: ["Late"] }}>
          all that are late
        </Link>
      }
      none="Nothing is late."
      row={row}
    />
  );
}

/** What begins next. */
export function Next({ overview: { next, next_count, due } }: Shown) {
  const row = (run: Run) => (
    <>
      <Time at={due[run.id] ?? run.expected} />
      <Name run={run} />
      <Ago at={due[run.id] ?? run.expected} />
    </>
  );
  return (
    <List
      title="Next"
      runs={next}
      count={next_count}
      all={
        <Link to="/runs" search={{ state: ["SCHEDULED"] }}>
          all that are scheduled
        </Link>
      }
      none="Nothing is scheduled."
      row={row}
    />
  );
}

function Name({ run: { id, flow, name } }: { run: Run }) {
  return (
    <span className={styles.name}>
      {flow && (
        <>
          <Go to={flowPath(flow)} className="muted">
            {flow}
          </Go>
          <span className="muted"> / </span>
        </>
      )}
      <Go to={runPath(id)} title={name} {...STOP}>
        {name}
      </Go>
    </span>
  );
}

function LateBy({ due }: { due: string }) {
  const seconds = (useNow().getTime() - Date.parse(due)) / 1000;
  return <span data-tone="warn">by {duration(Math.max(0, Math.floor(seconds)))}</span>;
}

function Progress({ run, usual }: { run: Run; usual: number | undefined }) {
  const now = useNow();
  if (run.started === null) return <span className="muted">not begun</span>;
  const lasted = Math.max(0, Math.floor((now.getTime() - Date.parse(run.started)) / 1000));
  if (usual === undefined) return <span>{duration(lasted)}</span>;
  return (
    <span className={styles.progress} title={`Median of its runs: ${duration(usual)}`}>
      <progress value={lasted} max={usual} aria-label={`Progress of ${run.name}`} />
      {duration(lasted)} <span className="muted">of {duration(usual)}</span>
    </span>
  );
}
