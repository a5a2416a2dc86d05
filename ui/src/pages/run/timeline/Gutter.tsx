import { useEffect, useRef } from "react";
import { visible } from "../../../browser/visible";
import { Icon } from "../../../parts/Icon";
import { counted, whole } from "../../../parts/numbers";
import { faceOf } from "../../../parts/states";
import { duration } from "../../../parts/times";
import { at } from "../data/columns";
import { nameOfLane } from "../data/infrastructure";
import { endOf, labelOf, startOf, stateOf } from "../data/runs";
import type { Change, RunSearch } from "../search";
import type { RunScene } from "../useScene";
import type { Row } from "./rows";
import styles from "./Timeline.module.css";

interface Shown {
  scene: RunScene;
  search: RunSearch;
  /** Rows that are made, and how far down each is. */
  made: readonly { index: number; start: number }[];
  /** How high each is, in pixels. */
  high: number;
  onChange: Change;
}

/** The names of the rows: a tree that has the focus, of which only what is in sight is made. */
export function Gutter({ scene, search, made, high, onChange }: Shown) {
  const grid = useRef<HTMLDivElement>(null);
  const { rows, selected } = scene;
  const focused = Math.max(selected, 0);
  useFocusOn(grid, selected);
  const turn = (key: string) => onChange({ open: turned(search.open, key) });
  const select = (row: Row | undefined) => row && onChange(selection(row));
  const press = (key: string): boolean => {
    const row = rows[focused];
    if (row === undefined) return false;
    const opens = { ArrowRight: false, ArrowLeft: true }[key];
    if (opens !== undefined && row.open === opens) turn(row.key);
    else if (STEPS[key]) select(STEPS[key](rows, focused));
    else return false;
    return true;
  };
  return (
    <div
      ref={grid}
      role="treegrid"
      aria-label="Systems and runs"
      aria-rowcount={rows.length}
      className={styles.gutter}
      onKeyDown={(event) => press(event.key) && event.preventDefault()}
    >
      {made.map(({ index, start }) => {
        const row = at(rows, index);
        return (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys
          <div
            key={row.key}
            role="row"
            data-index={index}
            aria-rowindex={index + 1}
            aria-level={row.level}
            aria-expanded={row.open ?? undefined}
            aria-selected={index === selected}
            tabIndex={index === focused ? 0 : -1}
            className={styles.row}
            style={{ top: start, height: high, paddingLeft: 10 + (row.level - 1) * 12 }}
            onClick={() => select(row)}
          >
            <Cells scene={scene} row={row} onTurn={() => turn(row.key)} />
          </div>
        );
      })}
    </div>
  );
}

/** Which row a key leads to, from one. */
const STEPS: Record<string, (rows: readonly Row[], from: number) => Row | undefined> = {
  ArrowDown: (rows, from) => rows[Math.min(from + 1, rows.length - 1)],
  ArrowUp: (rows, from) => rows[Math.max(from - 1, 0)],
  ArrowLeft: above,
  Home: (rows) => rows[0],
  End: (rows) => rows.at(-1),
  Enter: (rows, from) => rows[from],
  " ": (rows, from) => rows[from],
};

/** What the address says when a row is chosen. */
export function selection({ key }: Row): Partial<RunSearch> {
  return { sel: key, event: undefined, at: undefined };
}

function turned(open: string[] | undefined, key: string): string[] {
  const before = open ?? [];
  return before.includes(key) ? before.filter((one) => one !== key) : [...before, key];
}

function above(rows: readonly Row[], index: number): Row | undefined {
  const level = at(rows, index).level;
  return rows.slice(0, index).findLast((row) => row.level < level);
}

/** Where the focus is in the tree, it goes with the selection. */
function useFocusOn(grid: React.RefObject<HTMLDivElement | null>, selected: number): void {
  useEffect(() => {
    const shown = grid.current;
    const active = document.activeElement;
    const isFree = active === document.body || active === null;
    if (shown === null || selected < 0 || !(isFree || shown.contains(active))) return;
    const focus = () =>
      shown
        .querySelector<HTMLElement>(`[data-index="${selected}"]`)
        ?.focus({ preventScroll: true });
    // A row far away is made when the rows have been scrolled there.
    const frame = requestAnimationFrame(focus);
    focus();
    return () => cancelAnimationFrame(frame);
  }, [grid, selected]);
}

interface Cell {
  scene: RunScene;
  row: Row;
  onTurn: () => void;
}

function Cells({ scene, row, onTurn }: Cell) {
  return (
    <>
      <div role="gridcell" className={styles.name}>
        {row.open !== null && <Turner open={row.open} onTurn={onTurn} />}
        {row.open === null && row.kind !== "lane" && <span className={styles.leaf} />}
        <Name scene={scene} row={row} />
      </div>
      <div role="gridcell" className="spoken">
        {said(scene, row)}
      </div>
    </>
  );
}

function Turner({ open, onTurn }: { open: boolean; onTurn: () => void }) {
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={open ? "Close" : "Open"}
      className={styles.turner}
      data-open={open}
      onClick={(event) => {
        event.stopPropagation();
        onTurn();
      }}
    >
      <Icon name="chevron" size={10} />
    </button>
  );
}

function Name({ scene: { runs }, row }: { scene: RunScene; row: Row }) {
  if (row.kind === "lane") {
    return (
      <span data-tone="external" title={visible(row.lane.system)}>
        <Icon name="diamond" size={10} /> {visible(nameOfLane(row.lane.system))}
      </span>
    );
  }
  if (row.kind === "group") {
    return (
      <span title={visible(`${row.members.length} runs of ${row.label}`)}>
        {visible(row.label)} <span className="muted">×{whole(row.members.length)}</span>
      </span>
    );
  }
  const { tone, icon } = faceOf(stateOf(runs, row.run));
  const name = runs.name(row.run);
  const label = labelOf(runs, row.run);
  return (
    <span title={visible(name === label ? name : `${name} · ${label}`)}>
      <span data-tone={tone}>
        <Icon name={icon} size={10} />
      </span>{" "}
      {name}
      {runs.isFlow[row.run] === 1 && row.run > 0 && <span className="muted"> · subflow</span>}
    </span>
  );
}

function said({ runs, now }: RunScene, row: Row): string {
  if (row.kind === "lane") return counted(row.lane.events.length, "event");
  if (row.kind === "group") return counted(row.members.length, "run");
  const seconds = (endOf(runs, row.run, now) - startOf(runs, row.run)) / 1e6;
  return `${stateOf(runs, row.run).name}, ${duration(seconds)}`;
}
