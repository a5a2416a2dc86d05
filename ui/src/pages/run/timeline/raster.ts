/** Many runs on few pixels: where several are, the worst state wins. */
import { at } from "../data/columns";

/** From the best to the worst; what is later covers what is earlier. */
export const RANKS = ["idle", "ok", "run", "warn", "bad"] as const;

export type Colour = readonly [red: number, green: number, blue: number];

const FAINTEST = 0.4;

export class Raster {
  readonly width: number;
  readonly height: number;
  /** How many more (or fewer) there are from each pixel on, by line and rank. */
  readonly #steps: Int32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#steps = new Int32Array(height * RANKS.length * (width + 1));
  }

  /** Add a run from one pixel to another, both at least one wide. */
  add(line: number, rank: number, from: number, to: number): void {
    const first = Math.max(0, Math.floor(from));
    const end = Math.min(this.width, Math.max(Math.ceil(to), first + 1));
    if (first >= this.width || end <= 0) return;
    const start = this.#startOf(line, rank);
    this.#steps[start + first] = at(this.#steps, start + first) + 1;
    this.#steps[start + end] = at(this.#steps, start + end) - 1;
  }

  /** The worst rank at each pixel of a line, -1 where nothing is, and how many of it there are. */
  line(line: number): { worst: Int8Array; count: Int32Array } {
    const worst = new Int8Array(this.width).fill(-1);
    const count = new Int32Array(this.width);
    for (let rank = 0; rank < RANKS.length; rank++) {
      const start = this.#startOf(line, rank);
      let running = 0;
      for (let x = 0; x < this.width; x++) {
        running += at(this.#steps, start + x);
        if (running === 0) continue;
        worst[x] = rank;
        count[x] = running;
      }
    }
    return { worst, count };
  }

  /** Write it into pixels of four bytes, each line so many pixels high. */
  paint(pixels: Uint8ClampedArray, colours: readonly Colour[], high = 1): void {
    for (let line = 0; line < this.height; line++) {
      const { worst, count } = this.line(line);
      const most = count.reduce((one, other) => Math.max(one, other), 1);
      for (let x = 0; x < this.width; x++) {
        const rank = at(worst, x);
        if (rank < 0) continue;
        const alpha = FAINTEST + (1 - FAINTEST) * (at(count, x) / most);
        for (let y = line * high; y < (line + 1) * high; y++) {
          pixels.set(at(colours, rank), (y * this.width + x) * 4);
          pixels[(y * this.width + x) * 4 + 3] = 255 * alpha;
        }
      }
    }
  }

  #startOf(line: number, rank: number): number {
    return (line * RANKS.length + rank) * (this.width + 1);
  }
}
