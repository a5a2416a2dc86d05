import type { CSSProperties } from "react";
import { useZone } from "../../../browser/zone";
import { Icon } from "../../../parts/Icon";
import { precise } from "../../../parts/times";
import { at, dateOf } from "../data/columns";
import type { Lines } from "../data/lines";
import type { RunScene } from "../useScene";
import { Ansi } from "./Ansi";
import { folded } from "./folding";
import styles from "./Logs.module.css";
import { timeOf } from "./merged";

interface Shown {
  id: string;
  item: number;
  lines: Lines;
  scene: RunScene;
  selected: boolean;
  place: number;
  count: number;
  style: CSSProperties;
  onChoose: () => void;
}

/** A line of the log, or an event. */
export function Item({ item, lines, scene, selected, place, count, onChoose, ...rest }: Shown) {
  const zone = useZone();
  const time = precise(dateOf(timeOf(item, lines, scene.happenings)), zone);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      {...rest}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      aria-posinset={place + 1}
      aria-setsize={count}
      className={styles.item}
      data-kind={item < 0 ? "event" : kindOf(at(lines.level, item))}
      onClick={onChoose}
    >
      <span className={styles.time}>{time}</span>
      {item < 0 ? <Event scene={scene} event={~item} /> : <Line lines={lines} line={item} />}
    </div>
  );
}

function Event({ scene: { happenings }, event }: { scene: RunScene; event: number }) {
  const { name, resource } = at(happenings.events, event);
  return (
    <>
      <span className={styles.level} data-tone="external">
        <Icon name="diamond" size={9} /> event
      </span>
      <span className={styles.text}>
        {name} <span className="muted">{resource}</span>
      </span>
    </>
  );
}

function Line({ lines, line }: { lines: Lines; line: number }) {
  const level = at(lines.level, line);
  return (
    <>
      <span className={styles.level} data-tone={toneOf(level)} title={lines.loggerOf(line)}>
        {wordOf(level)}
      </span>
      <span className={styles.text}>
        <Ansi text={folded(at(lines.messages, line)).join("\n")} />
      </span>
    </>
  );
}

const WORDS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

function wordOf(level: number): string {
  return WORDS[Math.floor(level / 10) - 1] ?? String(level);
}

function toneOf(level: number): string | undefined {
  if (level >= 40) return "bad";
  return level >= 30 ? "warn" : undefined;
}

function kindOf(level: number): string | undefined {
  return level >= 40 ? "error" : undefined;
}
