import type { FailureGroup, LoggedEvent } from "../../api/types";
import { visible } from "../../browser/visible";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { resourcePath, runPath } from "../../parts/places";
import { Ago, Time } from "../../parts/Time";
import { duration } from "../../parts/times";
import { STOP } from "../../parts/useStops";
import styles from "./Failing.module.css";

/** Why the newest run of a group failed: a sentence, what the exception said, the chain of events. */
export function Cause({ group }: { group: FailureGroup }) {
  const { began } = group;
  const [run] = group.newest;
  if (run === undefined) return null;
  const inside = began !== null && began.id !== run.id ? began : null;
  const ended = run.ended ?? run.state.timestamp;
  const verb = run.state.type === "CRASHED" ? "crashed" : "failed";
  return (
    <>
      <p className={styles.sentence}>
        <Go
          to={runPath(run.id, { sel: inside?.id })}
          title={run.name}
          className={styles.run}
          {...STOP}
        >
          {inside ? `${inside.label} in ${run.name}` : run.name}
        </Go>{" "}
        {verb} <Ago at={ended} />
        {began?.led_by && <After event={began.led_by} failed={ended} />}.
      </p>
      {run.state.message && (
        <p className={`mono ${styles.message}`}>{visible(run.state.message)}</p>
      )}
    </>
  );
}

function After({ event, failed }: { event: LoggedEvent; failed: string }) {
  const before = (Date.parse(failed) - Date.parse(event.occurred)) / 1000;
  return (
    <>
      , after{" "}
      <Go
        to={resourcePath(event.resource.id)}
        className={styles.event}
        title={`${event.event} of ${event.resource.id}`}
      >
        <span data-tone="external">
          <Icon name="diamond" size={10} />
        </span>{" "}
        <Time at={event.occurred} short /> {visible(event.event)}
      </Go>{" "}
      of {visible(event.resource.id)}
      {before >= 0.1 && `, ${duration(before)} before`}
    </>
  );
}
