import type { CSSProperties } from "react";
import { useZone } from "../../../browser/zone";
import { callOf, faceOfEvent, isOutside } from "../../../parts/events";
import { Icon } from "../../../parts/Icon";
import { labelOf } from "../../../parts/resources";
import { precise } from "../../../parts/times";
import { at, dateOf } from "../data/columns";
import { lastingOf } from "../data/happenings";
import type { Lines } from "../data/lines";
import { point } from "../pointed";
import type { RunScene } from "../useScene";
import { Ansi } from "./Ansi";
import { folded } from "./folding";
import styles from "./Logs.module.css";
import { ERROR, toneOf, wordOf } from "./levels";
import { timeOf } from "./merged";

interface Shown {
  id: string;
  item: number;
  lines: Lines;
  scene: RunScene;
  names: ReadonlyMap<string, string>;
  /** Marked wherever it stands. */
  find: string | undefined;
  selected: boolean;
  /** It is the first at or after the moment that someone points at. */
  pointed: boolean;
  place: number;
  count: number;
  style: CSSProperties;
  onChoose: () => void;
}

/** A line of the log, or an event. */
export function Item(shown: Shown) {
  const { item, lines, scene, names, find, selected, pointed, place, count, onChoose, ...rest } =
    shown;
  const zone = useZone();
  const moment = timeOf(item, lines, scene.happenings);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
    <div
      {...rest}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      data-pointed={pointed || undefined}
      aria-posinset={place + 1}
      aria-setsize={count}
      className={styles.item}
      data-kind={kindOf(item, lines, scene)}
      onClick={onChoose}
      onPointerEnter={() => point({ time: moment, by: "log" })}
    >
      <span className={styles.time}>{precise(dateOf(moment), zone)}</span>
      {item < 0 ? (
        <Event scene={scene} names={names} event={~item} find={find} />
      ) : (
        <Line lines={lines} line={item} find={find} />
      )}
    </div>
  );
}

function kindOf(item: number, { level }: Lines, { happenings }: RunScene) {
  const bad = item < 0 ? at(happenings.bad, ~item) === 1 : at(level, item) >= ERROR;
  if (bad) return "error";
  return item < 0 && isOutside(at(happenings.events, ~item).name) ? "event" : undefined;
}

type Found = Pick<Shown, "find">;

interface Happened extends Pick<Shown, "scene" | "names" | "find"> {
  event: number;
}

function Event({ scene, names, event, find }: Happened) {
  const happening = at(scene.happenings.events, event);
  const { name, resource } = happening;
  const { icon, tone } = faceOfEvent({ event: name, payload: null });
  const lasted = lastingOf(happening);
  return (
    <>
      <span className={styles.level} data-tone={tone}>
        <Icon name={tone === "bad" ? "cross" : icon} size={9} />{" "}
        {callOf(name) === null ? "event" : "call"}
      </span>
      <span className={styles.text}>
        <Ansi text={name} find={find} />{" "}
        <span className="muted">
          <Ansi text={labelOf({ id: resource, name: names.get(resource) })} find={find} />
          {lasted && ` · ${lasted}`}
        </span>
      </span>
    </>
  );
}

function Line({ lines, line, find }: Found & { lines: Lines; line: number }) {
  const level = at(lines.level, line);
  return (
    <>
      <span className={styles.level} data-tone={toneOf(level)} title={lines.loggerOf(line)}>
        {wordOf(level)}
      </span>
      <span className={styles.text}>
        <Ansi text={folded(at(lines.messages, line)).join("\n")} find={find} />
      </span>
    </>
  );
}
