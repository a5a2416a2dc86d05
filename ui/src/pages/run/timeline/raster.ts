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
  /** Between which pixels each line and rank has any: most of a picture is empty. */
  readonly #first: Int32Array;
  readonly #end: Int32Array;

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#steps = new Int32Array(height * RANKS.length * (width + 1));
    this.#first = new Int32Array(height * RANKS.length).fill(width);
    this.#end = new Int32Array(height * RANKS.length);
  }

  /** Add a run from one pixel to another, both at least one wide. */
  add(line: number, rank: number, from: number, to: number): void {
    const first = Math.max(0, Math.floor(from));
    const end = Math.min(this.width, Math.max(Math.ceil(to), first + 1));
    if (first >= this.width || end <= 0) return;
    const own = line * RANKS.length + rank;
    const start = own * (this.width + 1);
    this.#first[own] = Math.min(at(this.#first, own), first);
    this.#end[own] = Math.max(at(this.#end, own), end);
    this.#steps[start + first] = at(this.#steps, start + first) + 1;
    this.#steps[start + end] = at(this.#steps, start + end) - 1;
  }

  /** The worst rank at each pixel of a line, -1 where nothing is, and how many of it there are; nothing is
   * before `first`, nor from `end` on. */
  line(line: number): { worst: Int8Array; count: Int32Array; first: number; end: number } {
    const worst = new Int8Array(this.width).fill(-1);
    const count = new Int32Array(this.width);
    for (let rank = 0; rank < RANKS.length; rank++) {
      const own = line * RANKS.length + rank;
      const start = own * (this.width + 1);
      let running = 0;
      for (let x = at(this.#first, own); x < at(this.#end, own); x++) {
        running += at(this.#steps, start + x);
        if (running === 0) continue;
        worst[x] = rank;
        count[x] = running;
      }
    }
    const own = line * RANKS.length;
    const first = Math.min(...this.#first.subarray(own, own + RANKS.length));
    const end = Math.max(...this.#end.subarray(own, own + RANKS.length));
    return { worst, count, first, end };
  }

  /** Write it into pixels of four bytes, each line so many pixels high. */
  paint(pixels: Uint8ClampedArray, colours: readonly Colour[], high = 1): void {
    for (let line = 0; line < this.height; line++) {
      const { worst, count, first, end } = this.line(line);
      let most = 1;
      for (let x = first; x < end; x++) most = Math.max(most, at(count, x));
      for (let x = first; x < end; x++) {
        const rank = at(worst, x);
        if (rank < 0) continue;
        const [red, green, blue] = at(colours, rank);
        const alpha = 255 * (FAINTEST + (1 - FAINTEST) * (at(count, x) / most));
        for (let y = line * high; y < (line + 1) * high; y++) {
          const pixel = (y * this.width + x) * 4;
          pixels[pixel] = red;
          pixels[pixel + 1] = green;
          pixels[pixel + 2] = blue;
          pixels[pixel + 3] = alpha;
        }
      }
    }
  }
}
