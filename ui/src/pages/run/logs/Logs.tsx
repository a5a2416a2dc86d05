import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef } from "react";
import { useKeys } from "../../../browser/keyboard";
import { Choice } from "../../../parts/Choice";
import { Empty } from "../../../parts/Empty";
import { whole } from "../../../parts/numbers";
import { at, writeTime } from "../data/columns";
import { type Lines, readLines } from "../data/lines";
import type { Log } from "../queries";
import { type Change, LEVELS, type RunSearch } from "../search";
import type { RunScene } from "../useScene";
import { FindField } from "./FindField";
import { folded } from "./folding";
import { Item } from "./Item";
import styles from "./Logs.module.css";
import { merged, placeAt, timeOf } from "./merged";

interface Shown {
  id: string;
  log: Log;
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
}

/** What was logged, with the events in between; what is selected on the axis is in sight here. */
export function Logs({ id, log, scene, search, onChange }: Shown) {
  const lines = useMemo(() => readLines(log.told), [log.told]);
  const items = useItems(lines, scene, search);
  return (
    <section className={styles.logs} aria-labelledby="logs">
      <header className={styles.tools}>
        <h2 id="logs">Logs</h2>
        <Choice
          label="Lowest level"
          choices={LEVELS}
          value={search.level ?? "debug"}
          onChoose={(level) => onChange({ level: level === "debug" ? undefined : level })}
        />
        <button
          type="button"
          aria-pressed={search.logs === "selection"}
          onClick={() => onChange({ logs: search.logs ? undefined : "selection" })}
        >
          Selection only
        </button>
        <FindField value={search.find} onFind={(find) => onChange({ find })} />
        <span className={styles.count}>
          {log.end === "cut" && "The first "}
          {whole(lines.count)} {lines.count === 1 ? "line" : "lines"}
          {log.end === null && " so far"} ·{" "}
          <a href={`/api/flow-runs/${id}/logs.txt`} download>
            Download
          </a>
        </span>
      </header>
      {items.length > 0 ? (
        <List items={items} lines={lines} scene={scene} search={search} onChange={onChange} />
      ) : (
        <NoLines some={lines.count > 0} />
      )}
    </section>
  );
}

function NoLines({ some }: { some: boolean }) {
  if (some) return <Empty title="No line is like that." />;
  return (
    <Empty title="Nothing was logged.">
      Log with <code>get_run_logger()</code>, or have <code>print</code> logged with{" "}
      <code>@flow(log_prints=True)</code>.
    </Empty>
  );
}

function useItems(lines: Lines, { runs, happenings }: RunScene, search: RunSearch): Int32Array {
  const text = useDeferredValue(search.find);
  const within = search.logs === "selection" ? runs.rowOf.get(search.sel ?? "") : undefined;
  return useMemo(
    () => merged(lines, happenings, runs, { level: search.level, text, within }),
    [lines, happenings, runs, search.level, text, within],
  );
}

// --- the lines ------------------------------------------------------------------------------------

interface Listed {
  items: Int32Array;
  lines: Lines;
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
}

const LINE = 19;

function List({ items, lines, scene, search, onChange }: Listed) {
  const list = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => list.current,
    // A line is as high as it has lines: nothing moves once it is there.
    estimateSize: (place) => LINE * heightOf(at(items, place), lines),
    overscan: 10,
  });
  const current = currentPlace(items, lines, scene, search);
  useInSight(virtual, current);
  const choose = (place: number) => {
    const item = items[place];
    if (item !== undefined) onChange(chosen(item, lines, scene));
  };
  useKeys([{ keys: "l", does: "To the log", run: () => focusOn(list.current) }]);
  const press = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    choose(Math.min(items.length - 1, Math.max(0, Math.max(current, 0) + step)));
  };
  return (
    <div
      ref={list}
      role="listbox"
      aria-label="Log lines and events"
      aria-activedescendant={current >= 0 ? `line-${current}` : undefined}
      tabIndex={0}
      className={styles.list}
      onKeyDown={press}
    >
      <div style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start, size }) => (
          <Item
            key={index}
            id={`line-${index}`}
            item={at(items, index)}
            lines={lines}
            scene={scene}
            selected={index === current}
            count={items.length}
            place={index}
            style={{ height: size, transform: `translateY(${start}px)` }}
            onChoose={() => choose(index)}
          />
        ))}
      </div>
    </div>
  );
}

function focusOn(list: HTMLElement | null): void {
  list?.focus({ preventScroll: true });
  list?.scrollIntoView({ block: "nearest" });
}

function heightOf(item: number, { messages }: Lines): number {
  return item < 0 ? 1 : folded(at(messages, item)).length;
}

/** The item that the address is about: the event, the moment, or the last word of the run. */
function currentPlace(items: Int32Array, lines: Lines, scene: RunScene, search: RunSearch): number {
  const { event, happenings, moment, runs } = scene;
  if (event >= 0) {
    const place = placeAt(items, at(happenings.occurred, event), lines, happenings);
    for (let near = place; near < items.length && near < place + 100; near++) {
      if (items[near] === ~event) return near;
    }
    return -1;
  }
  if (moment !== null) return atMoment(items, moment, lines, scene, search);
  const run = runs.rowOf.get(search.sel ?? "");
  return run === undefined ? -1 : lastWord(items, lines, runs.ids[run] ?? "");
}

function atMoment(
  items: Int32Array,
  moment: number,
  lines: Lines,
  { happenings }: RunScene,
  { sel }: RunSearch,
): number {
  const place = placeAt(items, moment, lines, happenings);
  for (let near = place; near < items.length; near++) {
    const item = at(items, near);
    if (timeOf(item, lines, happenings) > moment) break;
    if (item >= 0 && lines.runOf(item) === sel) return near;
  }
  return place < items.length ? place : items.length - 1;
}

const ERROR = 40;

/** The last error that the run logged, else its first line. */
function lastWord(items: Int32Array, lines: Lines, run: string): number {
  let first = -1;
  for (let place = items.length - 1; place >= 0; place--) {
    const item = at(items, place);
    if (item < 0 || lines.runOf(item) !== run) continue;
    if (at(lines.level, item) >= ERROR) return place;
    first = place;
  }
  return first;
}

function chosen(item: number, lines: Lines, scene: RunScene): Partial<RunSearch> {
  if (item < 0) {
    const { position } = at(scene.happenings.events, ~item);
    return { event: String(position), sel: undefined, at: undefined };
  }
  return { event: undefined, sel: lines.runOf(item), at: writeTime(at(lines.times, item)) };
}

function useInSight(virtual: Virtualizer<HTMLDivElement, Element>, current: number): void {
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current, { align: "center" });
  }, [current, virtual]);
}
