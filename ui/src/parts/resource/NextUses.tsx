import { useQuery } from "@tanstack/react-query";
import { Card } from "../Card";
import { Go } from "../Go";
import { runPath } from "../places";
import type { Window } from "../spans";
import { Ago } from "../Time";
import styles from "./NextUses.module.css";
import { healthQuery } from "./queries";

/** The scheduled runs of the flows that use it: what will fail next if it is broken. */
export function NextUses({ id, window }: { id: string; window: Window }) {
  const { data } = useQuery(healthQuery(id, window));
  if (data === undefined || data.next.length === 0) return null;
  return (
    <Card title="What will use it next">
      <ul className={styles.uses}>
        {data.next.map((run) => (
          <li key={run.id}>
            <Go to={runPath(run.id)} title={run.name}>
              {run.flow ?? run.name}
            </Go>
            <span className="muted">
              <Ago at={run.expected} />
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
