/** Numbers as people read them. */

// Making one takes a hundred times as long as using it, and `toLocaleString` makes one each time.
const WHOLE = new Intl.NumberFormat("en-US");

/** `1 event`, `2,000 events`; `2 runs are` where that is said. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** `12,345`; `10,000+` where no more were counted. */
export function amount({ count, partial }: { count: number; partial: boolean }): string {
  return `${whole(count)}${partial ? "+" : ""}`;
}

/** `12,345` */
export function whole(count: number): string {
  return WHOLE.format(count);
}
