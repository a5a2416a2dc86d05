import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, type RefObject, useEffect } from "react";
import { useKeys } from "../../../browser/keyboard";
import { whole } from "../../../parts/numbers";
import { at } from "../data/columns";
import type { Lines } from "../data/lines";
import { point } from "../pointed";
import type { RunScene } from "../useScene";
import { folded } from "./folding";
import { Item } from "./Item";
import styles from "./Logs.module.css";
import { useFollowing } from "./useFollowing";
import { usePointedPlace } from "./usePointedPlace";

interface Listed {
  list: RefObject<HTMLDivElement | null>;
  items: Int32Array;
  lines: Lines;
  scene: RunScene;
  /** Of resources that have one that people know, by their ids. */
  names: ReadonlyMap<string, string>;
  /** What the items are narrowed to. */
  find: string | undefined;
  /** The place of the item that is selected, -1 without. */
  current: number;
  /** What the items are narrowed to, all of it. */
  of: string;
  goesOn: boolean;
  /** The place that is in sight first, -1 without. */
  opensAt: number;
  onChoose: (place: number) => void;
}

const LINE = 19;

/** Enter says more of the one that is there. */
const STEPS: Record<string, number> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 15,
  PageUp: -15,
  Enter: 0,
};

/** Lines and events, of which only what is in sight is made. */
export function List(shown: Listed) {
  const { list, items, lines, scene, names, find, current, onChoose, ...followed } = shown;
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => list.current,
    // A line is as high as it has lines: nothing moves once it is there.
    estimateSize: (place) => LINE * heightOf(at(items, place), lines),
    overscan: 10,
  });
  const { fresh, toEnd, onScroll } = useFollowing(virtual, { count: items.length, ...followed });
  useInSight(virtual, current, find);
  const pointed = usePointedPlace(virtual, items, lines, scene.happenings, current);
  useKeys([{ keys: "l", does: "To the log", run: () => focusOn(list.current) }]);
  const press = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onChoose(Math.min(items.length - 1, Math.max(0, Math.max(current, 0) + step)));
  };
  return (
    <div className={styles.around}>
      <div
        ref={list}
        onScroll={onScroll}
        role="listbox"
        aria-label="Log lines and events"
        aria-activedescendant={current >= 0 ? `line-${current}` : undefined}
        tabIndex={0}
        className={`mono ${styles.list}`}
        onKeyDown={press}
        onPointerLeave={() => point(null)}
      >
        <div style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start, size }) => (
            <Item
              key={index}
              id={`line-${index}`}
              item={at(items, index)}
              lines={lines}
              scene={scene}
              names={names}
              find={find}
              selected={index === current}
              pointed={index === pointed}
              count={items.length}
              place={index}
              style={{ height: size, transform: `translateY(${start}px)` }}
              onChoose={() => onChoose(index)}
            />
          ))}
        </div>
      </div>
      {fresh > 0 && (
        <button type="button" className={styles.fresh} onClick={toEnd}>
          {whole(fresh)} new
        </button>
      )}
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

/** Also where what is around it changes: it stays in sight when the search is left. */
function useInSight(
  virtual: Virtualizer<HTMLDivElement, Element>,
  current: number,
  find: string | undefined,
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is found is what is around it
  useEffect(() => {
    if (current >= 0) virtual.scrollToIndex(current, { align: "center" });
  }, [current, find, virtual]);
}
