import { useQuery } from "@tanstack/react-query";
import type { Deployment } from "../../api/types";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Ago, Time } from "../../parts/Time";
import styles from "./Deployments.module.css";
import { nextQuery } from "./queries";

/** When its schedules will have it run. */
export function NextRuns({ deployment }: { deployment: Deployment }) {
  return (
    <Card title="Next">
      <Answer query={useQuery(nextQuery(deployment.id))}>
        {(next) =>
          next.length === 0 || deployment.paused ? (
            <p className="muted">
              {deployment.paused ? "It is paused." : "No schedule of it is active."}
            </p>
          ) : (
            <ul className={styles.moments}>
              {next.map(({ at, schedule, rule }) => (
                <li key={`${schedule} ${at}`} title={rule}>
                  <Time at={at} zoned /> <span className="muted">{rule}</span> <Ago at={at} />
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  );
}
