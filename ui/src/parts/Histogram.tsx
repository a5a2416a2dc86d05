import { useRef } from "react";
import { useWidth } from "../browser/useWidth";
import { useZone, type Zone } from "../browser/zone";
import { roundTop, shortCount, type TimeTick, timeTicks } from "./axes";
import { type BinRange, type Bins, binCount, binsOf, type TimeRange, timeOf } from "./bins";
import styles from "./Histogram.module.css";
import { clock, dayOf, minute, moment, monthOf, yearOf } from "./times";
import { useBrush } from "./useBrush";

export interface Layer {
  key: string;
  label: string;
  /** A colour token; several layers of one tone differ by strength. */
  tone: string;
  /** 0 to 1. */
  strength?: number;
  /** Of each bin. */
  counts: readonly number[];
}

interface Shown extends Bins {
  /** What is counted, for screen readers: `Events by time`. */
  label: string;
  /** The first stands at the bottom. */
  layers: readonly Layer[];
  /** Null: none is chosen. */
  range: TimeRange | null;
  onRange: (range: TimeRange | null) => void;
}

export const HEIGHT = 76;
const GUTTER = 34;
const FOOT = 16;
const PLOT = HEIGHT - FOOT - 4;
const TICK_WIDTH = 84;

/** Counts by time in layers, with axes; a range is chosen by drawing over it or by keys. */
export function Histogram({ label, layers, range, onRange, ...bins }: Shown) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const zone = useZone();
  const count = binCount(bins);
  const plot = Math.max(1, width - GUTTER);
  const brush = useBrush({
    count,
    chosen: range && binsOf(bins, range),
    binAt: (x) => {
      const left = (box.current?.getBoundingClientRect().left ?? 0) + GUTTER;
      return Math.min(Math.max(Math.floor(((x - left) / plot) * count), 0), count - 1);
    },
    onChoose: (chosen) => onRange(chosen && timeOf(bins, chosen)),
  });
  const top = roundTop(Math.max(...totals(layers, count)));
  const told = brush.at === null ? "" : tell(bins, layers, brush.at, zone);
  return (
    <div
      ref={box}
      role="group"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: its keys choose a range
      tabIndex={0}
      aria-roledescription="histogram"
      aria-label={`${label}. Arrow keys look at times, with Shift they choose, Escape clears.`}
      className={styles.histogram}
      style={{ height: HEIGHT }}
      {...brush.handlers}
    >
      <svg width={Math.max(width, 1)} height={HEIGHT} aria-hidden="true">
        {/* Before the width is known, all bars would be one, as thin as a hair. */}
        {width > 0 && (
          <g transform={`translate(${GUTTER} 4)`}>
            <Counts top={top} width={plot} />
            <Times ticks={ticksOf(bins, zone, plot)} bins={bins} width={plot} zone={zone} />
            <Band bins={brush.shown} width={plot / count} />
            <Bars layers={layers} width={plot / count} scale={PLOT / top} />
            {brush.at !== null && <Band bins={[brush.at, brush.at]} width={plot / count} faint />}
          </g>
        )}
      </svg>
      <span className="spoken" aria-live="polite">
        {told}
      </span>
      {told !== "" && brush.at !== null && (
        <Tip text={told} left={brush.at < count / 2} place={GUTTER + (brush.at * plot) / count} />
      )}
    </div>
  );
}

function totals(layers: readonly Layer[], count: number): number[] {
  return Array.from({ length: count }, (_, bin) =>
    layers.reduce((sum, { counts }) => sum + (counts[bin] ?? 0), 0),
  );
}

function Counts({ top, width }: { top: number; width: number }) {
  const ticks = top > 1 ? [0, top / 2, top] : [0, 1];
  return ticks.map((count) => {
    const y = PLOT - (count / top) * PLOT + 0.5;
    return (
      <g key={count} className={styles.tick}>
        <line x1={0} x2={width} y1={y} y2={y} />
        {Number.isInteger(count) && (
          <text x={-6} y={y} dy="0.35em" textAnchor="end">
            {shortCount(count)}
          </text>
        )}
      </g>
    );
  });
}

function ticksOf({ since, until }: Bins, zone: Zone, width: number): TimeTick[] {
  return timeTicks(since, until, zone, Math.max(1, width / TICK_WIDTH));
}

interface Timed {
  ticks: TimeTick[];
  bins: Bins;
  width: number;
  zone: Zone;
}

function Times({ ticks, bins, width, zone }: Timed) {
  const perMs = width / (binCount(bins) * bins.step * 1000);
  return ticks.map(({ at, says }) => {
    const x = (at.getTime() - bins.since.getTime()) * perMs;
    if (x > width - TICK_WIDTH / 3) return null;
    return (
      <g key={at.getTime()} className={styles.tick}>
        <line x1={x + 0.5} x2={x + 0.5} y1={0} y2={PLOT + 4} />
        <text x={x + 3} y={PLOT + FOOT - 3}>
          {{ year: yearOf, month: monthOf, day: dayOf, minute, second: clock }[says](at, zone)}
        </text>
      </g>
    );
  });
}

interface Stacked {
  layers: readonly Layer[];
  width: number;
  scale: number;
}

function Bars({ layers, width, scale }: Stacked) {
  const heights: number[] = [];
  const gap = width > 4 ? 1 : 0;
  return layers.map(({ key, tone, strength = 1, counts }) => (
    <g key={key} fill={`var(--${tone})`} fillOpacity={strength}>
      {counts.map((count, bin) => {
        if (count === 0) return null;
        // What is there at all is seen, however much there is elsewhere.
        const height = Math.max(1.5, count * scale);
        const base = heights[bin] ?? 0;
        heights[bin] = base + height;
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a bin is its place
            key={bin}
            x={bin * width}
            y={PLOT - base - height}
            width={Math.max(1, width - gap)}
            height={height}
          />
        );
      })}
    </g>
  ));
}

interface Spanned {
  bins: BinRange | null;
  width: number;
  faint?: boolean;
}

function Band({ bins, width, faint = false }: Spanned) {
  if (bins === null) return null;
  const first = Math.min(...bins);
  const x = first * width;
  const wide = (Math.max(...bins) + 1 - first) * width;
  return (
    <rect
      className={faint ? styles.at : styles.band}
      x={x}
      width={wide}
      y={0}
      height={PLOT + 0.5}
    />
  );
}

function tell(bins: Bins, layers: readonly Layer[], bin: number, zone: Zone): string {
  const { from, to } = timeOf(bins, [bin, bin]);
  const counts = layers
    .filter(({ counts }) => (counts[bin] ?? 0) > 0)
    .map(({ label, counts }) => `${counts[bin]} ${label}`);
  const end = bins.step < 60 ? clock(to, zone) : minute(to, zone);
  return [`${moment(from, zone)} – ${end}`, ...(counts.length > 0 ? counts : ["nothing"])].join(
    "\n",
  );
}

function Tip({ text, left, place }: { text: string; left: boolean; place: number }) {
  const side = left ? { left: place + 20 } : { right: `calc(100% - ${place - 12}px)` };
  return (
    <pre aria-hidden="true" className={styles.tip} style={side}>
      {text}
    </pre>
  );
}
