import { type PointerEvent, useEffect, useMemo, useRef } from "react";
import { usePaints } from "../../../browser/usePaints";
import { at } from "../data/columns";
import { endOf, startOf } from "../data/runs";
import type { RunScene } from "../useScene";
import { type Axis, focusedAxis, type Span } from "./axis";
import { coloursOf, ranksOf } from "./bars";
import { Moment } from "./Moment";
import { Raster } from "./raster";
import { type Paints, TOKENS } from "./sheet";
import styles from "./Timeline.module.css";
import { useWidth } from "./useWidth";

const LINES = 28;
const EVENT_LINES = 4;

/** What is drawn, whatever is selected. */
interface All extends Pick<RunScene, "runs" | "happenings" | "now"> {
  axis: Axis;
}

interface Shown {
  scene: RunScene;
  view: Span;
  look: (view: Span | null) => void;
}

/** All of the run at once, a pixel for each line of runs, and which part of it is in sight.
 * What happened before and after the run is at its sides, however long ago. */
export function Minimap({ scene, view, look }: Shown) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(canvas);
  const paints = usePaints(TOKENS);
  const { runs, happenings, fit, whole, now } = scene;
  const axis = useMemo(() => focusedAxis(fit, whole), [fit, whole]);
  useEffect(() => {
    const all = { runs, happenings, now, axis };
    const paint = () => canvas.current && width > 0 && paintAll(canvas.current, all, width, paints);
    // In a task of its own: of very many runs it takes as long as to put them on the page.
    const due = setTimeout(paint);
    return () => clearTimeout(due);
  }, [runs, happenings, now, axis, width, paints]);
  const brush = useBrush(look, (share) => axis.timeOf(share));
  const from = Math.max(0, axis.shareOf(view.from));
  const to = Math.min(1, axis.shareOf(view.to));
  return (
    <div className={styles.minimap} aria-hidden="true" {...brush}>
      <canvas ref={canvas} />
      <span className={styles.outside} data-side="left" style={{ width: `${from * 100}%` }} />
      <span className={styles.outside} data-side="right" style={{ width: `${(1 - to) * 100}%` }} />
      <Moment axis={axis} />
    </div>
  );
}

function paintAll(canvas: HTMLCanvasElement, all: All, width: number, paints: Paints): void {
  const pen = canvas.getContext("2d");
  if (pen === null) return;
  canvas.width = width;
  canvas.height = LINES + EVENT_LINES;
  const image = pen.createImageData(width, LINES);
  rasterOf(all, width).paint(image.data, coloursOf(paints));
  pen.putImageData(image, 0, EVENT_LINES);
  paintEvents(pen, all, width, paints);
}

/** A mark for each pixel at which there are events: as one for each there could be 100,000. */
function paintEvents(
  pen: CanvasRenderingContext2D,
  { happenings: { occurred, bad }, axis: { shareOf } }: All,
  width: number,
  paints: Paints,
): void {
  const marks = new Uint8Array(width);
  occurred.forEach((time, event) => {
    const x = Math.min(width - 1, Math.floor(shareOf(time) * width));
    marks[x] = Math.max(marks[x] ?? 0, 1 + at(bad, event));
  });
  marks.forEach((mark, x) => {
    if (mark === 0) return;
    pen.fillStyle = mark > 1 ? paints.bad : paints.external;
    pen.fillRect(x, 0, 1, EVENT_LINES - 1);
  });
}

function rasterOf({ runs, now, axis: { shareOf } }: All, width: number): Raster {
  const raster = new Raster(width, LINES);
  const deep = Math.max(runs.count, LINES / 3);
  const ranks = ranksOf(runs);
  for (let row = 0; row < runs.count; row++) {
    const rank = at(ranks, at(runs.state, row));
    const from = shareOf(startOf(runs, row)) * width;
    const to = shareOf(endOf(runs, row, now)) * width;
    const last = Math.ceil(((row + 1) / deep) * LINES - 1);
    // Of few runs each has some lines, with one between them.
    const first = Math.floor((row / deep) * LINES);
    for (let line = first; line <= Math.max(first, last - 1); line++) {
      raster.add(Math.min(line, LINES - 1), rank, from, to);
    }
  }
  return raster;
}

/** A range drawn over it is looked at; a click shows all. */
function useBrush(look: (view: Span | null) => void, timeOf: (share: number) => number) {
  const from = useRef<number | null>(null);
  const shareOf = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  return {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      event.currentTarget.setPointerCapture(event.pointerId);
      from.current = shareOf(event);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      if (from.current === null) return;
      const ends = [from.current, shareOf(event)].sort((one, other) => one - other);
      const [first, last] = [at(ends, 0), at(ends, 1)];
      if (last - first > 0.005) look({ from: timeOf(first), to: timeOf(last) });
    },
    onPointerUp: (event: PointerEvent<HTMLDivElement>) => {
      if (from.current === shareOf(event)) look(null);
      from.current = null;
    },
    onPointerCancel: () => {
      from.current = null;
    },
  };
}
