import { type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { usePaints } from "../../../browser/usePaints";
import { useZone } from "../../../browser/zone";
import { clock } from "../../../parts/times";
import { at, dateOf, firstWhere } from "../data/columns";
import { point } from "../pointed";
import type { Change } from "../search";
import type { RunScene } from "../useScene";
import { type Axis, panned, type Span, zoomed } from "./axis";
import { selection } from "./Gutter";
import { lastingAt } from "./lasting";
import { Moment } from "./Moment";
import { draw, wordsAt } from "./picture";
import type { Row } from "./rows";
import { type Scene, TOKENS } from "./sheet";
import styles from "./Timeline.module.css";

interface Shown {
  scene: RunScene;
  axis: Axis;
  /** What is scrolled away above. */
  top: number;
  /** How high each row is. */
  row: number;
  look: (view: Span) => void;
  onChange: Change;
}

/** The bars and diamonds: a picture. A click selects, a drag moves the time, ctrl and wheel zoom. */
export function Picture({ scene: told, axis, top, row, look, onChange }: Shown) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const paints = usePaints(TOKENS);
  const scene: Scene = { ...told, axis, paints, row };
  const size = useSize(canvas);
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew when any of it is another
  useLayoutEffect(() => {
    if (canvas.current && size !== "") draw(canvas.current, scene, top);
  }, [told, axis, paints, top, row, size]);
  useWheel(canvas, axis, look);
  const pointer = usePointer(scene, top, look, onChange);
  return (
    <div className={styles.picture}>
      <canvas ref={canvas} role="img" aria-label={useSpoken(told, axis)} {...pointer} />
      <Moment axis={axis} />
    </div>
  );
}

function useSpoken({ rows }: RunScene, { view }: Axis): string {
  const zone = useZone();
  const [from, to] = [view.from, view.to].map((time) => clock(dateOf(time), zone));
  return `Timeline of ${rows.length} rows from ${from} to ${to}. The tree beside it leads through it.`;
}

function useSize(canvas: React.RefObject<HTMLCanvasElement | null>): string {
  const [size, setSize] = useState("");
  useEffect(() => {
    const shown = canvas.current;
    if (shown === null) return;
    const observer = new ResizeObserver(() =>
      setSize(`${shown.clientWidth} ${shown.clientHeight}`),
    );
    observer.observe(shown);
    return () => observer.disconnect();
  }, [canvas]);
  return size;
}

function useWheel(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  axis: Axis,
  look: (view: Span) => void,
): void {
  useEffect(() => {
    const shown = canvas.current;
    const turn = (event: WheelEvent) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (shown === null || !(event.ctrlKey || event.metaKey || sideways)) return;
      event.preventDefault();
      const share = event.offsetX / shown.clientWidth;
      look(
        sideways
          ? panned(axis, event.deltaX / shown.clientWidth)
          : zoomed(axis, 1.002 ** event.deltaY, share),
      );
    };
    // React listens passively, and the page would zoom as well.
    shown?.addEventListener("wheel", turn, { passive: false });
    return () => shown?.removeEventListener("wheel", turn);
  }, [canvas, axis, look]);
}

/** How near to a diamond a click must be, and how far a drag goes before it is one. */
const NEAR = 6;

interface Drag {
  x: number;
  axis: Axis;
  moved: boolean;
}

function usePointer(scene: Scene, top: number, look: (view: Span) => void, onChange: Change) {
  const drag = useRef<Drag | null>(null);
  return {
    onPointerDown: (event: PointerEvent<HTMLCanvasElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      drag.current = { x: event.clientX, axis: scene.axis, moved: false };
    },
    onPointerMove: (event: PointerEvent<HTMLCanvasElement>) => {
      const from = drag.current;
      if (from === null) {
        const [row, found] = hit(scene, event, top);
        event.currentTarget.title = wordsAt(scene, row, found);
        point({ time: momentAt(scene, event, found), by: "axis" });
        return;
      }
      const by = from.x - event.clientX;
      if (!from.moved && Math.abs(by) < NEAR) return;
      from.moved = true;
      look(panned(from.axis, by / event.currentTarget.clientWidth));
    },
    onPointerUp: (event: PointerEvent<HTMLCanvasElement>) => {
      const wasClick = drag.current?.moved === false;
      drag.current = null;
      if (!wasClick) return;
      const [row, found] = hit(scene, event, top);
      if (row) onChange({ ...selection(row), event: positionOf(scene, found) });
    },
    onPointerCancel: () => {
      drag.current = null;
    },
    onPointerLeave: () => point(null),
  };
}

/** That of the event at the pointer, else that of the place. */
function momentAt(
  { axis, happenings }: Scene,
  { nativeEvent, currentTarget }: PointerEvent<HTMLCanvasElement>,
  found: number,
): number {
  if (found >= 0) return at(happenings.occurred, found);
  return axis.timeOf(nativeEvent.offsetX / currentTarget.clientWidth);
}

function positionOf({ happenings }: Scene, event: number): string | undefined {
  return event < 0 ? undefined : String(at(happenings.events, event).position);
}

/** The row at the pointer, and the event, or -1. */
function hit(
  scene: Scene,
  event: PointerEvent<HTMLCanvasElement>,
  top: number,
): [Row | undefined, number] {
  const { offsetX, offsetY } = event.nativeEvent;
  const row = scene.rows[Math.floor((offsetY + top) / scene.row)];
  if (row === undefined || row.kind === "group") return [row, -1];
  const events =
    row.kind === "lane" ? row.lane.events : (scene.happenings.byRun.get(row.run) ?? []);
  const { clientWidth } = event.currentTarget;
  const found = nearest(scene, events, offsetX, clientWidth);
  if (found >= 0 || row.kind !== "lane") return [row, found];
  return [row, lastingAt(scene, events, scene.axis.timeOf(offsetX / clientWidth))];
}

function nearest(scene: Scene, events: ArrayLike<number>, x: number, width: number): number {
  const timeOf = (place: number) => at(scene.happenings.occurred, at(events, place));
  const time = scene.axis.timeOf(x / width);
  const after = firstWhere(events.length, (place) => timeOf(place) >= time);
  let found = -1;
  let least = NEAR + 1;
  for (const place of [after - 1, after]) {
    if (place < 0 || place >= events.length) continue;
    const far = Math.abs(scene.axis.shareOf(timeOf(place)) * width - x);
    if (far < least) [found, least] = [at(events, place), far];
  }
  return found;
}
