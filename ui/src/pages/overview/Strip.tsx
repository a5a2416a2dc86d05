import { Link, useNavigate } from "@tanstack/react-router";
import type { History } from "../../api/types";
import { writeRange } from "../../browser/range";
import { Card } from "../../parts/Card";
import { Histogram } from "../../parts/Histogram";
import { Icon } from "../../parts/Icon";
import { amount } from "../../parts/numbers";
import { PartlyCounted } from "../../parts/PartlyCounted";
import { runBins, runLayers, runTotals } from "../../parts/runLayers";
import { faceOf, wordOf } from "../../parts/states";
import styles from "./Strip.module.css";
import { SPOKEN, type Span } from "./spans";

interface Shown {
  history: History;
  span: Span;
}

/** The runs of the time, by state: a bar for each part of it, which leads to those runs. */
export function Strip({ history, span }: Shown) {
  const navigate = useNavigate();
  return (
    <Card title="Runs" actions={<Totals history={history} />}>
      <Histogram
        label={`Runs of the last ${SPOKEN[span]} by time and state`}
        layers={runLayers(history)}
        range={null}
        onRange={(range) =>
          range && navigate({ to: "/runs", search: { t: writeRange(range.from, range.to) } })
        }
        {...runBins(history)}
      />
      <PartlyCounted history={history} />
    </Card>
  );
}

/** Each leads to as many runs: of the same time, which ends with the last bar. */
function Totals({ history }: Pick<Shown, "history">) {
  const t = writeRange(new Date(history.since), new Date(history.until));
  return (
    <span className={styles.totals}>
      <Link to="/flows">All flows</Link>
      {runTotals(history).map(([type, count]) => (
        <Link key={type} to="/runs" search={{ state: [type], t }} data-tone={faceOf({ type }).tone}>
          <Icon name={faceOf({ type }).icon} /> {amount({ count, partial: history.partial })}{" "}
          {wordOf(type)}
        </Link>
      ))}
    </span>
  );
}
