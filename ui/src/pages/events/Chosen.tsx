import { writeRange } from "../../browser/range";
import { useZone } from "../../browser/zone";
import type { TimeRange } from "../../parts/bins";
import { duration, moment } from "../../parts/times";
import styles from "./Chosen.module.css";
import type { EventsSearch } from "./search";

interface Ranged {
  range: TimeRange;
  comparing: boolean;
  onSearch: (change: Partial<EventsSearch>) => void;
}

/** The time that was chosen, and what can be done with it. */
export function Chosen({ range: { from, to }, comparing, onSearch }: Ranged) {
  const zone = useZone();
  const none = { sel: undefined, compare: undefined };
  const zoom = { ...none, span: undefined, t: writeRange(from, to) };
  return (
    <div className={styles.chosen}>
      <span>
        {moment(from, zone)} · {duration((to.getTime() - from.getTime()) / 1000)}
      </span>
      <div>
        <button
          type="button"
          aria-pressed={comparing}
          onClick={() => onSearch({ compare: comparing ? undefined : "before" })}
        >
          Compare
        </button>
        <button type="button" onClick={() => onSearch(zoom)}>
          Zoom in
        </button>
        <button type="button" onClick={() => onSearch(none)}>
          Clear
        </button>
      </div>
    </div>
  );
}
