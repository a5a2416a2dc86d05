import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/types";
import { visible } from "../../browser/visible";
import { flowPath } from "../places";
import { Ago, Time } from "../Time";
import { micros } from "../times";
import { rateText, timesAsOften } from "./health";
import styles from "./Users.module.css";

type Health = Schemas["ResourceHealth"];

/** Whether runs fail more often that touch it, in a sentence. */
export function Verdict({ touched, untouched }: Pick<Health, "touched" | "untouched">) {
  const times = timesAsOften(touched, untouched);
  return (
    <p>
      Of runs that touched it <strong>{rateText(touched)}</strong>; of the others of these flows{" "}
      {rateText(untouched)}
      {times !== null && times >= 1.1 && (
        <>
          : <strong data-tone="bad">{times.toPrecision(2)}× as often</strong>
        </>
      )}
      .
    </p>
  );
}

/** The flows whose runs touched it, and how those fared that did and that did not. */
export function Users({ flows, reached }: Pick<Health, "flows" | "reached">) {
  if (flows.length === 0) return <p className="muted">No flow used it in this time.</p>;
  return (
    <table className={styles.users}>
      <thead>
        <tr>
          <th>Flow</th>
          <th>Touched it</th>
          <th>Did not</th>
          <th>Last</th>
        </tr>
      </thead>
      <tbody>
        {flows.map(({ flow, since, touched, untouched, last }) => (
          <tr key={flow}>
            <td>
              <Link to={flowPath(flow)}>{visible(flow)}</Link>
            </td>
            <td data-tone={touched.failures > 0 ? "bad" : undefined}>
              {touched.runs > 0 ? rateText(touched) : "not over yet"}
            </td>
            <td className="muted">
              {rateText(untouched)}
              {micros(since) > micros(reached) && (
                <>
                  {" "}
                  · since <Time at={since} />
                </>
              )}
            </td>
            <td className="muted">
              <Ago at={last} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
