import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { writeRange } from "../../browser/range";
import type { TimeRange } from "../../parts/bins";
import { Choice } from "../../parts/Choice";
import { nameLayers, outcomeLayers } from "../../parts/eventLayers";
import { isOurs, OURS } from "../../parts/events";
import { HEIGHT, Histogram, type Layer } from "../../parts/Histogram";
import { whole } from "../../parts/numbers";
import type { Window } from "../../parts/spans";
import { histogramQuery } from "./queries";
import { type EventsSearch, LAYERS } from "./search";
import styles from "./TimeBar.module.css";

interface Timed {
  search: EventsSearch;
  window: Window;
  range: TimeRange | null;
  onSearch: (change: Partial<EventsSearch>) => void;
  /** Beside the histogram, instead of what its layers are. */
  children?: ReactNode;
}

const LAYERED = { outcome: outcomeLayers, name: nameLayers };

/** How many events there were when, and which time the list is of. */
export function TimeBar({ search, window, range, onSearch, children }: Timed) {
  const by = search.by ?? "outcome";
  const { data } = useQuery(histogramQuery(window, search.q, by));
  const layers = data === undefined ? [] : LAYERED[by](data.series);
  const choose = (chosen: TimeRange | null) =>
    onSearch(
      chosen ? { sel: writeRange(chosen.from, chosen.to) } : { sel: undefined, compare: undefined },
    );
  return (
    <section className={styles.bar} aria-label="Events by time">
      {data === undefined ? (
        // No bars would say that nothing happened, and nobody has answered yet.
        <div style={{ height: HEIGHT }} />
      ) : (
        <Histogram
          label="Events by time"
          layers={layers}
          range={range}
          onRange={choose}
          {...window}
        />
      )}
      <div className={styles.side}>
        <Choice
          label="Layers of the histogram"
          choices={LAYERS}
          value={by}
          onChoose={(by) => onSearch({ by })}
        />
        {children ?? <Legend layers={layers} />}
      </div>
    </section>
  );
}

function Legend({ layers }: { layers: readonly Layer[] }) {
  return (
    <ul className={styles.legend}>
      {layers.map(({ key, label, tone, strength, counts }) => (
        <li key={key}>
          <i style={{ background: `var(--${tone})`, opacity: strength }} />
          <span title={label}>{isOurs(label) ? label.slice(OURS.length) : label}</span>
          <span className="muted">{whole(counts.reduce((sum, count) => sum + count, 0))}</span>
        </li>
      ))}
    </ul>
  );
}
