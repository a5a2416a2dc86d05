/** Which changes of an address Back takes back. */

/** Of what is typed, scrolled, zoomed or only looked at, Back would go through each moment of it. */
export function isPassing(change: object, passing: readonly string[]): boolean {
  return Object.keys(change).every((name) => passing.includes(name));
}
