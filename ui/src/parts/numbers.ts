/** Numbers as people read them. */

// Making one takes a hundred times as long as using it, and `toLocaleString` makes one each time.
const WHOLE = new Intl.NumberFormat("en-US");

/** `12,345` */
export function whole(count: number): string {
  return WHOLE.format(count);
}
