import { useWindowVirtualizer, type VirtualItem, type Virtualizer } from "@tanstack/react-virtual";
import {
  type CSSProperties,
  type ReactNode,
  useEffect,
  useEffectEvent,
  useRef,
  useState,
} from "react";
import { useKeys } from "../browser/keyboard";
import styles from "./Rows.module.css";
import { useReturn } from "./useReturn";

export interface Column<T> {
  title: string;
  /** As CSS says it: `90px`, `1fr`, `minmax(120px, 2fr)`. */
  width: string;
  cell: (row: T) => ReactNode;
  /** Its name, by which a row is found: there is room for it on small screens. */
  main?: boolean;
  /** Left out on small screens. */
  wide?: boolean;
  /** Numbers stand at the end. */
  end?: boolean;
}

interface Listed<T> {
  /** What the rows are, for screen readers: `Runs`. */
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  /** What stands below a row that is open; nothing for one that is not. */
  detail?: (row: T) => ReactNode;
  /** Called near the end, to bring more. */
  onEnd?: () => void;
}

const ROW_HEIGHT = 28;
/** Of the titles, which stay above the rows. */
const HEAD_HEIGHT = 27;
const OVERSCAN = 12;

/** Of the column that matters, on small screens, where others take what there is. */
const FLOOR = "min(120px, 28vw)";

/** Any number of rows, of which only those in sight are made. `j` and `k` go, Enter opens. */
export function Rows<T>({ label, rows, columns, keyOf, detail, onEnd }: Listed<T>) {
  const list = useRef<HTMLDivElement>(null);
  const virtual = useRowsInSight(list, rows.length, (index) => keyOf(rows[index] as T));
  const last = useRef(-1);
  const [at, focus] = useRowKeys(list, last, rows.length, virtual);
  const note = useReturn(rows.length > 0, (key) => {
    const row = rows.findIndex((one) => keyOf(one) === key);
    if (row >= 0) focus(row);
  });
  const shown = virtual.getVirtualItems();
  useEnd(shown, rows.length, onEnd);
  return (
    <div role="table" aria-label={label} aria-rowcount={rows.length + 1} style={widths(columns)}>
      <Titles columns={columns} />
      <div
        ref={list}
        role="rowgroup"
        data-rows
        className={styles.rows}
        style={{ height: virtual.getTotalSize() }}
        onFocus={({ target }) => {
          last.current = indexOf(target);
          const row = rows[last.current];
          if (row !== undefined) note(keyOf(row));
        }}
        onBlur={({ relatedTarget: next }) => {
          // Nothing has the keys instead where the row went out of sight, and so is no element.
          if (next !== null && indexOf(next) < 0) last.current = -1;
        }}
      >
        {shown.map((item) => (
          <div
            key={item.key}
            ref={detail && virtual.measureElement}
            data-index={item.index}
            className={styles.item}
            style={{ transform: `translateY(${item.start - virtual.options.scrollMargin}px)` }}
          >
            <div
              role="row"
              data-row={item.index}
              aria-rowindex={item.index + 2}
              tabIndex={item.index === at ? 0 : -1}
              className={styles.row}
            >
              <Cells row={rows[item.index] as T} columns={columns} />
            </div>
            <Detail>{detail?.(rows[item.index] as T)}</Detail>
          </div>
        ))}
      </div>
    </div>
  );
}

function Titles<T>({ columns }: { columns: readonly Column<T>[] }) {
  return (
    <div role="rowgroup" className={styles.head}>
      <div role="row" className={styles.titles}>
        {columns.map(({ title, ...column }) => (
          <span key={title} role="columnheader" {...looks(column)}>
            {title}
          </span>
        ))}
      </div>
    </div>
  );
}

function Cells<T>({ row, columns }: { row: T; columns: readonly Column<T>[] }) {
  return columns.map(({ title, cell, ...column }) => (
    <span key={title} role="cell" {...looks(column)}>
      {cell(row)}
    </span>
  ));
}

function Detail({ children }: { children: ReactNode }) {
  if (children === undefined || children === null) return null;
  return (
    <div role="row">
      <div role="cell" className={styles.detail}>
        {children}
      </div>
    </div>
  );
}

function looks({ wide, end, main }: { wide?: boolean; end?: boolean; main?: boolean }) {
  return {
    "data-wide": wide || undefined,
    "data-end": end || undefined,
    "data-main": main || undefined,
  };
}

function widths<T>(columns: readonly Column<T>[]): CSSProperties {
  const narrow = columns.filter(({ wide }) => !wide);
  const properties = {
    "--columns": columns.map(({ width }) => width).join(" "),
    "--narrow-columns": narrow
      .map(({ main, width }) => (main ? `minmax(${FLOOR}, 2fr)` : width))
      .join(" "),
  };
  return properties as CSSProperties;
}

function useRowsInSight(
  list: React.RefObject<HTMLDivElement | null>,
  count: number,
  keyAt: (index: number) => string,
) {
  const [margin, setMargin] = useState(0);
  // What stands above the rows may grow and shrink at any time.
  useEffect(() => {
    const measure = () => setMargin(list.current?.offsetTop ?? 0);
    const observer = new ResizeObserver(measure);
    observer.observe(document.body);
    measure();
    return () => observer.disconnect();
  }, [list]);
  return useWindowVirtualizer({
    count,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
    scrollMargin: margin,
    scrollPaddingStart: HEAD_HEIGHT,
    getItemKey: keyAt,
  });
}

/** By which someone goes elsewhere than to the row that is still to come. */
const INPUTS = ["keydown", "pointerdown", "touchmove", "wheel"] as const;

/** Return the row that has the keys, and what gives them to another. */
function useRowKeys(
  list: React.RefObject<HTMLDivElement | null>,
  last: React.RefObject<number>,
  count: number,
  virtual: Pick<Virtualizer<Window, Element>, "isScrolling" | "scrollToIndex">,
): [at: number, focus: (row: number) => void] {
  const [at, setAt] = useState(0);
  const coming = useRef(false);
  const focus = (next: number) => {
    setAt(next);
    last.current = next;
    coming.current = true;
    virtual.scrollToIndex(next);
    arrive();
  };
  // A row that was out of sight is made a while after it was scrolled to. And the browser may still
  // scroll by a key that was pressed before: only when that is over it is known where it ended.
  const arrive = () => {
    if (!coming.current || last.current < 0) return;
    const there = rowAt(list.current, last.current);
    there?.focus({ preventScroll: true });
    if (virtual.isScrolling) return;
    if (there === null) virtual.scrollToIndex(last.current);
    else coming.current = false;
  };
  useEffect(arrive);
  useEffect(() => {
    const ends = new AbortController();
    const options = { capture: true, passive: true, signal: ends.signal };
    const stay = () => {
      coming.current = false;
    };
    for (const input of INPUTS) addEventListener(input, stay, options);
    return () => ends.abort();
  }, []);
  const go = (step: number) =>
    hasKeys(list.current) && focus(Math.min(Math.max(last.current + step, 0), count - 1));
  useKeys([
    { keys: "j", does: "Next row", run: () => go(1) },
    { keys: "k", does: "Previous row", run: () => go(-1) },
    { keys: "Enter", does: "Open the row", run: open },
  ]);
  return [Math.min(at, Math.max(count - 1, 0)), focus];
}

/** Whether keys are for these rows: they have the focus, or are the first where none have. */
function hasKeys(list: HTMLElement | null): boolean {
  const focused = document.activeElement?.closest("[data-rows]");
  return list !== null && list === (focused ?? document.querySelector("[data-rows]"));
}

/** The row in which an element is, -1 outside of all. */
function indexOf(element: Element | null): number {
  return Number(element?.closest("[data-row]")?.getAttribute("data-row") ?? -1);
}

function rowAt(list: HTMLElement | null, index: number): HTMLElement | null {
  return list?.querySelector<HTMLElement>(`[data-row="${index}"]`) ?? null;
}

function open(): void {
  const focused = document.activeElement;
  const inside = focused?.matches("[data-row]") ? nameIn(focused) : focused;
  if (inside instanceof HTMLElement) inside.click();
}

/** What a row opens by: the link of its name, the first one where no column is its name. */
function nameIn(row: Element): Element | null {
  return (row.querySelector("[data-main]") ?? row).querySelector("a");
}

function useEnd(shown: VirtualItem[], count: number, onEnd: (() => void) | undefined): void {
  const last = shown.at(-1)?.index ?? -1;
  const near = count > 0 && last >= count - OVERSCAN;
  const reach = useEffectEvent(() => onEnd?.());
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each page that came, look again
  useEffect(() => {
    if (near) reach();
  }, [near, count]);
}
