import { type PointerEvent, useState } from "react";
import { useZone } from "../browser/zone";
import styles from "./Histogram.module.css";
import { moment } from "./times";

export interface Layer {
  /** Of `tokens.css`. */
  tone: string;
  count: number;
}

export interface Bar {
  start: Date;
  /** From the bottom up. */
  layers: Layer[];
}

interface Counted {
  label: string;
  since: Date;
  until: Date;
  /** Seconds of one bar. */
  step: number;
  bars: Bar[];
  /** Told the range that was drawn over the bars. */
  onRange: (from: Date, to: Date) => void;
}

type Drawn = [from: number, to: number];

/** How many there were by time, a bar for each span; drawing over it chooses a range. */
export function Histogram({ label, since, until, step, bars, onRange }: Counted) {
  const zone = useZone();
  const [drawn, setDrawn] = useState<Drawn | null>(null);
  const width = until.getTime() - since.getTime();
  const most = Math.max(1, ...bars.map(totalOf));
  const at = (share: number) => new Date(since.getTime() + share * width);
  const end = () => {
    if (drawn !== null && drawn[0] !== drawn[1]) {
      onRange(at(Math.min(...drawn)), at(Math.max(...drawn)));
    }
    setDrawn(null);
  };
  return (
    <figure className={styles.histogram}>
      <svg
        role="img"
        aria-label={label}
        viewBox="0 0 1 1"
        preserveAspectRatio="none"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId);
          setDrawn([shareOf(event), shareOf(event)]);
        }}
        onPointerMove={(event) => drawn && setDrawn([drawn[0], shareOf(event)])}
        onPointerUp={end}
        onPointerCancel={() => setDrawn(null)}
      >
        {bars.map((bar) => (
          <Stack
            key={bar.start.getTime()}
            bar={bar}
            most={most}
            x={(bar.start.getTime() - since.getTime()) / width}
            width={(step * 1000) / width}
            title={`${moment(bar.start, zone)}: ${totalOf(bar)}`}
          />
        ))}
        {drawn && (
          <rect
            className={styles.drawn}
            x={Math.min(...drawn)}
            width={Math.abs(drawn[1] - drawn[0])}
            height="1"
          />
        )}
      </svg>
      <figcaption>
        <span>{moment(since, zone)}</span>
        <span>{moment(until, zone)}</span>
      </figcaption>
    </figure>
  );
}

interface Stacked {
  bar: Bar;
  most: number;
  x: number;
  width: number;
  title: string;
}

const GAP = 0.2;

function Stack({ bar, most, x, width, title }: Stacked) {
  let top = 1;
  return (
    <g>
      <title>{title}</title>
      <rect className={styles.behind} x={x} width={width} height="1" />
      {bar.layers.map(({ tone, count }) => {
        top -= count / most;
        return (
          <rect
            key={tone}
            data-tone={tone}
            x={x + (width * GAP) / 2}
            y={top}
            width={width * (1 - GAP)}
            height={count / most}
          />
        );
      })}
    </g>
  );
}

function totalOf({ layers }: Bar): number {
  return layers.reduce((sum, { count }) => sum + count, 0);
}

function shareOf(event: PointerEvent<SVGSVGElement>): number {
  const { left, width } = event.currentTarget.getBoundingClientRect();
  return Math.min(1, Math.max(0, (event.clientX - left) / width));
}
