import { useRef } from "react";
import { useZone } from "../../../browser/zone";
import { clock, minute, precise } from "../../../parts/times";
import { dateOf } from "../data/columns";
import { type Axis, ticks } from "./axis";
import { mostTicks } from "./picture";
import styles from "./Timeline.module.css";
import { useWidth } from "./useWidth";

const SECOND = 1e6;
const MINUTE = 60 * SECOND;

/** The times at the axis. */
export function Scale({ axis }: { axis: Axis }) {
  const zone = useZone();
  const scale = useRef<HTMLDivElement>(null);
  const width = useWidth(scale);
  const { times, step } = ticks(axis, mostTicks(width));
  const write = step >= MINUTE ? minute : step >= SECOND ? clock : precise;
  return (
    <div ref={scale} className={styles.scale} aria-hidden="true">
      {times.map((time) => (
        <span key={time} style={{ left: `${axis.shareOf(time) * 100}%` }}>
          {write(dateOf(time), zone)}
        </span>
      ))}
    </div>
  );
}
