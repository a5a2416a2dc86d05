/** The lines of the small pictures, on 16 x 16. */

export const SHAPES = {
  bolt: "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
  check: "m3 8.5 3.5 3.5L13 4.5",
  chevron: "m4 6 4 4 4-4",
  circle: "M8 3a5 5 0 1 0 0 10A5 5 0 0 0 8 3",
  clock: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.2l2.2 1.4",
  copy: "M6 5.5h7v8H6zM3 10.5v-8h7",
  cross: "m4 4 8 8m0-8-8 8",
  diamond: "m8 2 6 6-6 6-6-6z",
  dot: "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9",
  loop: "M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3",
  menu: "M2 4.5h12M2 8h12M2 11.5h12",
  pause: "M5.5 3.5v9m5-9v9",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9m3.3 7.8L14 14",
  slash: "M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6",
  warning: "M8 2.5 14 13H2zM8 6.5v3m0 1.8v.2",
} as const;

/** Those that are areas, not lines. */
export const FILLED: ReadonlySet<IconName> = new Set(["bolt", "diamond", "dot"]);

export type IconName = keyof typeof SHAPES;
