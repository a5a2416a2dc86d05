import { useQuery } from "@tanstack/react-query";
import type { Run } from "../../../api/types";
import { visible } from "../../../browser/visible";
import { Answer } from "../../../parts/Answer";
import { StateBadge } from "../../../parts/StateBadge";
import { Duration, Time } from "../../../parts/Time";
import { statesQuery } from "../queries";
import { type Attempt, attemptsOf } from "./attempts";
import styles from "./Selection.module.css";

/** The attempts of a run that had several: when each began, how long it took, how it ended. */
export function Attempts({ run }: { run: Run }) {
  const query = useQuery(statesQuery(run));
  return (
    <>
      <h3 className={styles.title}>Attempts</h3>
      <Answer query={query}>{(states) => <Listed attempts={attemptsOf(states)} />}</Answer>
    </>
  );
}

/** Of many attempts the last are shown. */
const SHOWN = 10;

function Listed({ attempts }: { attempts: readonly Attempt[] }) {
  const before = attempts.length - SHOWN;
  return (
    <ol className={styles.attempts} aria-label="Attempts">
      {before > 0 && <li className="muted">{before} before</li>}
      {attempts.slice(-SHOWN).map((attempt) => (
        <One key={attempt.began} attempt={attempt} />
      ))}
    </ol>
  );
}

function One({ attempt: { number, began, ended, state, message } }: { attempt: Attempt }) {
  return (
    <li>
      <span className="muted">{number}</span> <StateBadge state={state} /> <Time at={began} short />{" "}
      <Duration from={began} to={ended} />
      {message && (
        <p className={styles.message} title={message}>
          {visible(message)}
        </p>
      )}
    </li>
  );
}
