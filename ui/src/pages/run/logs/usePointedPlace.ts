import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { Happenings } from "../data/happenings";
import type { Lines } from "../data/lines";
import { usePointed } from "../pointed";
import { placeAt } from "./merged";

/** The place in the log of the moment that someone points at on the axis, -1 without.
 * It is in sight as long as it is pointed at; then the log is again where it was, unless something
 * was selected meanwhile. */
export function usePointedPlace(
  virtual: Virtualizer<HTMLDivElement, Element>,
  items: Int32Array,
  lines: Lines,
  happenings: Happenings,
  selected: number,
): number {
  const pointed = usePointed();
  const before = useRef<number | null>(null);
  const place =
    pointed?.by === "axis"
      ? Math.min(placeAt(items, pointed.time, lines, happenings), items.length - 1)
      : -1;
  useEffect(() => {
    if (selected >= 0) before.current = null;
  }, [selected]);
  useEffect(() => {
    if (place >= 0) {
      before.current ??= virtual.scrollOffset;
      virtual.scrollToIndex(place, { align: "center" });
    } else if (before.current !== null) {
      virtual.scrollToOffset(before.current);
      before.current = null;
    }
  }, [place, virtual]);
  return place;
}
