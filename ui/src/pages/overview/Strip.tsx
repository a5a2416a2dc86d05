import { Link } from "@tanstack/react-router";
import type { History, StateType } from "../../api/types";
import { useZone, type Zone } from "../../browser/zone";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { faceOf, wordOf } from "../../parts/states";
import { dayOf, minute, moment } from "../../parts/times";
import { type Bar, barsOf, totals } from "./bars";
import styles from "./Strip.module.css";
import { SPOKEN, type Span } from "./spans";

interface Shown {
  history: History;
  span: Span;
}

const TICKS = 6;

/** The runs of the time, by state: a bar for each part of it. */
export function Strip({ history, span }: Shown) {
  return (
    <Card title="Runs" actions={<Totals history={history} span={span} />}>
      <Picture history={history} span={span} />
      <Ticks history={history} span={span} />
    </Card>
  );
}

function Totals({ history, span }: Shown) {
  return (
    <span className={styles.totals}>
      {totals(history.buckets).map(([type, count]) => (
        <Link
          key={type}
          to="/runs"
          search={{ state: [type], span }}
          data-tone={faceOf({ type }).tone}
        >
          <Icon name={faceOf({ type }).icon} /> {count.toLocaleString("en-US")} {wordOf(type)}
        </Link>
      ))}
    </span>
  );
}

function Picture({ history, span }: Shown) {
  const zone = useZone();
  const { bars, spans, highest } = barsOf(history);
  return (
    <svg
      className={styles.picture}
      role="img"
      aria-label={`Runs of the last ${SPOKEN[span]} by time and state; at most ${highest} in one bar`}
      viewBox={`0 0 ${spans} ${highest}`}
      preserveAspectRatio="none"
    >
      {bars.map((bar) => (
        <Stack key={bar.at} bar={bar} highest={highest} zone={zone} />
      ))}
    </svg>
  );
}

function Stack({ bar, highest, zone }: { bar: Bar; highest: number; zone: Zone }) {
  return (
    <g>
      <title>{`${moment(bar.start, zone)}\n${said(bar.types)}`}</title>
      {/* The whole column answers to the pointer, however low the bar is. */}
      <rect x={bar.at} y={0} width={1} height={highest} className={styles.column} />
      {bar.pieces.map(({ tone, from, to }) => (
        <rect
          key={from}
          data-tone={tone}
          x={bar.at + 0.1}
          y={highest - to}
          width={0.8}
          height={to - from}
        />
      ))}
    </g>
  );
}

function said(types: Partial<Record<StateType, number>>): string {
  return Object.entries(types)
    .map(([type, count]) => `${count} ${wordOf(type as StateType)}`)
    .join(", ");
}

function Ticks({ history: { since, until }, span }: Shown) {
  const zone = useZone();
  const begin = Date.parse(since);
  const length = Date.parse(until) - begin;
  return (
    <div className={styles.ticks} aria-hidden="true">
      {Array.from({ length: TICKS }, (_, index) => {
        const at = new Date(begin + (length * index) / TICKS);
        return (
          <span key={at.getTime()}>{span === "24h" ? minute(at, zone) : dayOf(at, zone)}</span>
        );
      })}
    </div>
  );
}
