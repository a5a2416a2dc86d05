/** Read what the API writes column by column. Times are whole µs since 1970 in doubles, which are exact. */

/** An element that is known to be there. */
export function at<T>(column: ArrayLike<T>, index: number): T {
  return column[index] as T;
}

/** From differences to the values themselves. */
export function summed(differences: readonly number[], first = 0): Float64Array {
  const values = new Float64Array(differences.length);
  let value = first;
  for (let row = 0; row < values.length; row++) {
    value += at(differences, row);
    values[row] = value;
  }
  return values;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const DASH_BEFORE: ReadonlySet<number> = new Set([4, 6, 8, 10]);

/** Ids of 16 bytes each, of which the first byte of all stands first, then the second of all, … */
export function ids(base64: string): string[] {
  const bytes = atob(base64);
  const count = bytes.length / 16;
  return Array.from({ length: count }, (_, row) => {
    let id = "";
    for (let byte = 0; byte < 16; byte++) {
      if (DASH_BEFORE.has(byte)) id += "-";
      id += at(HEX, bytes.charCodeAt(byte * count + row));
    }
    return id;
  });
}

/** Columns of several answers, one below the other. */
export function joined(columns: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(columns.reduce((sum, { length }) => sum + length, 0));
  let first = 0;
  for (const column of columns) {
    whole.set(column, first);
    first += column.length;
  }
  return whole;
}

/** Make something of an answer once, however often it is joined with what came after it. */
export function once<Told extends object, Made>(make: (told: Told) => Made): (told: Told) => Made {
  const made = new WeakMap<Told, Made>();
  return (told) => {
    const known = made.get(told);
    if (known !== undefined) return known;
    const now = make(told);
    made.set(told, now);
    return now;
  };
}

/** Values in the order in which they came first, by what makes them the same. */
export class Codes<T> {
  readonly values: T[] = [];
  readonly #codes = new Map<string, number>();
  readonly #keyOf: (value: T) => string;

  constructor(keyOf: (value: T) => string) {
    this.#keyOf = keyOf;
  }

  of(value: T): number {
    const key = this.#keyOf(value);
    const known = this.#codes.get(key);
    if (known !== undefined) return known;
    this.#codes.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}

/** The first index for which it holds, of so many: it holds for all after one for which it does. */
export function firstWhere(count: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first index whose value is not less, in a column that goes up. */
export function lowerBound(column: ArrayLike<number>, value: number): number {
  return firstWhere(column.length, (index) => at(column, index) >= value);
}

export function dateOf(time: number): Date {
  return new Date(time / 1000);
}

/** A time as an address says it, to the µs. */
export function writeTime(time: number): string {
  const beyond = String(Math.round(time % 1000)).padStart(3, "0");
  return new Date(Math.floor(time / 1000)).toISOString().replace("Z", `${beyond}Z`);
}
