/** Numbers as people read them. */

// Making one takes a hundred times as long as using it, and `toLocaleString` makes one each time.
const WHOLE = new Intl.NumberFormat("en-US");

/** `1 event`, `2,000 events` */
export function counted(count: number, noun: string): string {
  return `${whole(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** `12,345` */
export function whole(count: number): string {
  return WHOLE.format(count);
}
