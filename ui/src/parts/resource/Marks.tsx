import { visible } from "../../browser/visible";
import { useZone } from "../../browser/zone";
import { Icon } from "../Icon";
import type { Window } from "../spans";
import { moment } from "../times";
import styles from "./Marks.module.css";

export interface Mark {
  at: string;
  /** What happened then. */
  says: string;
}

/** Moments on the axis of the strip above and the bars below. */
export function Marks({ marks, window }: { marks: readonly Mark[]; window: Window }) {
  const zone = useZone();
  const [since, until] = [window.since.getTime(), window.until.getTime()];
  const shown = marks.filter(({ at }) => Date.parse(at) >= since && Date.parse(at) < until);
  if (shown.length === 0) return null;
  return (
    <ol className={styles.marks} aria-label="What changed">
      {shown.map(({ at, says }) => {
        const text = `${says}, ${moment(new Date(at), zone)}`;
        const share = (Date.parse(at) - since) / (until - since);
        return (
          <li key={`${at} ${says}`} title={visible(text)} style={{ left: `${share * 100}%` }}>
            <span data-tone="warn">
              <Icon name="diamond" size={9} />
            </span>
            <span className="spoken">{text}</span>
          </li>
        );
      })}
    </ol>
  );
}
