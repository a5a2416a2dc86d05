/** What the picture shows, and what it is drawn on. */
import type { Happenings } from "../data/happenings";
import type { Runs } from "../data/runs";
import type { Axis } from "./axis";
import { RANKS } from "./raster";
import type { Row } from "./rows";

export const ROW = 24;

export const TOKENS = [
  ...RANKS,
  "external",
  "line",
  "row",
  "muted",
  "text",
  "accent",
  "panel",
] as const;

export type Paints = Record<(typeof TOKENS)[number], string>;

export interface Scene {
  runs: Runs;
  happenings: Happenings;
  rows: readonly Row[];
  /** How high each is; below `ROW` all of them are in sight. */
  row: number;
  /** Row of a run, or of the group it is in. */
  placeOf: (run: number) => number;
  axis: Axis;
  now: number;
  path: ReadonlySet<number> | null;
  selected: number;
  /** Index of the event that is selected. */
  event: number;
  /** A moment that is marked. */
  moment: number | null;
  paints: Paints;
}

/** A scene, and what it is drawn on. */
export interface Sheet extends Scene {
  pen: CanvasRenderingContext2D;
  width: number;
  height: number;
  /** What is scrolled away above. */
  top: number;
  ratio: number;
  x: (time: number) => number;
}

export function middleOf({ top, row }: Sheet, index: number): number {
  return index * row - top + row / 2;
}

export const NAME = "11px Inter Variable, sans-serif";
