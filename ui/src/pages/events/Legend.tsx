import { useState } from "react";
import { isOurs, OURS } from "../../parts/events";
import type { Layer } from "../../parts/Histogram";
import { whole } from "../../parts/numbers";
import styles from "./Legend.module.css";

interface Explained {
  layers: readonly Layer[];
  /** Which layer is to stand out, by its key. */
  onLight: (key: string | null) => void;
}

/** What the layers of the histogram are. The one that is pointed at stands out, pressed for good. */
export function Legend({ layers, onLight }: Explained) {
  const [kept, setKept] = useState<string | null>(null);
  const keep = (key: string) => {
    const next = key === kept ? null : key;
    setKept(next);
    onLight(next);
  };
  return (
    <ul className={styles.legend}>
      {layers.map(({ key, label, tone, strength, counts }) => (
        <li key={key}>
          <button
            type="button"
            title={label}
            aria-pressed={key === kept}
            onClick={() => keep(key)}
            onPointerEnter={() => onLight(key)}
            onPointerLeave={() => onLight(kept)}
          >
            <i style={{ background: `var(--${tone})`, opacity: strength }} />
            <span className={styles.name}>{isOurs(label) ? label.slice(OURS.length) : label}</span>
            <span className="muted">{whole(counts.reduce((sum, count) => sum + count, 0))}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
