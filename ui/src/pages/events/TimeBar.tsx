import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useRefreshed } from "../../api/useRefreshed";
import { writeRange } from "../../browser/range";
import type { TimeRange } from "../../parts/bins";
import { Choice } from "../../parts/Choice";
import { CountedSince } from "../../parts/CountedSince";
import { nameLayers, outcomeLayers } from "../../parts/eventLayers";
import { HEIGHT, Histogram, type Layer } from "../../parts/Histogram";
import { Problem } from "../../parts/Problem";
import type { Window } from "../../parts/spans";
import { AT_ONCE_MS, followed } from "./followed";
import { Legend } from "./Legend";
import { histogramQuery } from "./queries";
import { type EventsSearch, isLive, LAYERS } from "./search";
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
  const { data, error, refetch } = useQuery(histogramQuery(window, search.q, by));
  const [kept, setKept] = useState<string | null>(null);
  const [pointed, setPointed] = useState<string | null>(null);
  const layers = data === undefined ? [] : LAYERED[by](data.series);
  const legend = <Legend {...{ layers, kept }} onKeep={setKept} onPoint={setPointed} />;
  const choose = (chosen: TimeRange | null) =>
    onSearch(
      chosen ? { sel: writeRange(chosen.from, chosen.to) } : { sel: undefined, compare: undefined },
    );
  return (
    <section className={styles.bar} aria-label="Events by time">
      {isLive(search) && <Followed q={search.q} />}
      {data === undefined ? (
        // No bars would say that nothing happened, and nobody has answered yet.
        <div style={{ height: HEIGHT }}>
          {error && search.q === undefined && <Problem error={error} retry={refetch} />}
        </div>
      ) : (
        <Histogram
          label="Events by time"
          layers={litOf(layers, pointed ?? kept)}
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
        {children ?? (layers.length <= FEW && legend)}
        {data && <CountedSince {...data} />}
      </div>
      {children == null && layers.length > FEW && <div className={styles.below}>{legend}</div>}
    </section>
  );
}

/** From the first, before the list has come: what is followed later opens the stream a second time. */
function Followed({ q }: { q: string | undefined }) {
  useRefreshed(["events", "histogram"], followed(q), AT_ONCE_MS);
  return null;
}

/** Layers that have room beside the histogram. */
const FEW = 3;
const FAINT = 0.12;

/** The layers with one of them lit: shades of one colour are hard to tell apart by themselves. */
function litOf(layers: readonly Layer[], lit: string | null): readonly Layer[] {
  if (!layers.some(({ key }) => key === lit)) return layers;
  return layers.map((layer) => ({ ...layer, strength: layer.key === lit ? 1 : FAINT }));
}
