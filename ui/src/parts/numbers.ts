/** Numbers as people read them. */
import type { Counted } from "../api/types";

// Making one takes a hundred times as long as using it, and `toLocaleString` makes one each time.
const WHOLE = new Intl.NumberFormat("en-US");

/** `1 event`, `2,000 events`; `2 runs are` where that is said. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** `12,345`; `10,000+` where no more were counted. */
export function amount({ count, partial }: Counted): string {
  return `${whole(count)}${partial ? "+" : ""}`;
}

/** How many all of them are. */
export function total(some: readonly (Counted | undefined)[]): Counted {
  return {
    count: some.reduce((sum, one) => sum + (one?.count ?? 0), 0),
    partial: some.some((one) => one?.partial),
  };
}

/** `12,345` */
export function whole(count: number): string {
  return WHOLE.format(count);
}
