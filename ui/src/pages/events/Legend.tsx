import { useEffect } from "react";
import { visible } from "../../browser/visible";
import { isOurs, OURS } from "../../parts/events";
import type { Layer } from "../../parts/Histogram";
import { whole } from "../../parts/numbers";
import styles from "./Legend.module.css";

interface Explained {
  layers: readonly Layer[];
  /** The layer that stands out for good, by its key. */
  kept: string | null;
  onKeep: (key: string | null) => void;
  /** A layer is pointed at, or none any more. */
  onPoint: (key: string | null) => void;
}

/** What the layers of the histogram are. The one that is pointed at stands out, pressed for good. */
export function Legend({ layers, kept, onKeep, onPoint }: Explained) {
  // What leaves the page under the pointer is not pointed at any more, and says no `pointerleave`.
  useEffect(() => () => onPoint(null), [onPoint]);
  return (
    <ul className={styles.legend}>
      {layers.map(({ key, label, tone, strength, counts }) => (
        <li key={key}>
          <button
            type="button"
            title={visible(label)}
            aria-pressed={key === kept}
            onClick={() => onKeep(key === kept ? null : key)}
            onPointerEnter={() => onPoint(key)}
            onPointerLeave={() => onPoint(null)}
          >
            <i style={{ background: `var(--${tone})`, opacity: strength }} />
            <span className={styles.name}>
              {visible(isOurs(label) ? label.slice(OURS.length) : label)}
            </span>
            <span className="muted">{whole(counts.reduce((sum, count) => sum + count, 0))}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
