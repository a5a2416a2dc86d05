import { type KeyboardEvent, type PointerEvent, useState } from "react";
import type { BinRange } from "./bins";

interface Brushed {
  count: number;
  chosen: BinRange | null;
  /** The bin at that place of the page. */
  binAt: (x: number) => number;
  onChoose: (bins: BinRange | null) => void;
}

/** Choose some of many bins by drawing over them, or by arrow keys with Shift, Enter and Escape. */
export function useBrush({ count, chosen, binAt, onChoose }: Brushed) {
  /** The bin that is looked at. */
  const [at, setAt] = useState<number | null>(null);
  const [drawn, setDrawn] = useState<BinRange | null>(null);
  const go = (bin: number, extend: boolean) => {
    const next = Math.min(Math.max(bin, 0), count - 1);
    setAt(next);
    if (extend) onChoose([anchorOf(chosen, at ?? next), next]);
  };
  const here = at ?? chosen?.[1] ?? -1;
  const keys: Record<string, (extend: boolean) => void> = {
    ArrowLeft: (extend) => go(here < 0 ? count - 1 : here - 1, extend),
    ArrowRight: (extend) => go(here + 1, extend),
    Home: (extend) => go(0, extend),
    End: (extend) => go(count - 1, extend),
    Enter: () => at !== null && onChoose([at, at]),
    Escape: () => onChoose(null),
  };
  return {
    at,
    shown: drawn ?? chosen,
    handlers: {
      onKeyDown: (event: KeyboardEvent) => {
        const press = keys[event.key];
        if (press === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
        event.preventDefault();
        press(event.shiftKey);
      },
      onBlur: () => setAt(null),
      onPointerDown: (event: PointerEvent) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const bin = binAt(event.clientX);
        setDrawn([bin, bin]);
      },
      onPointerMove: ({ clientX }: PointerEvent) => {
        const bin = binAt(clientX);
        setAt(bin);
        if (drawn !== null) setDrawn([drawn[0], bin]);
      },
      onPointerUp: () => {
        if (drawn !== null) onChoose(drawn);
        setDrawn(null);
      },
      onPointerCancel: () => setDrawn(null),
      onPointerLeave: () => setAt(null),
    },
  };
}

/** The end of what is chosen that stays when the other one, at which one is, moves. */
function anchorOf(chosen: BinRange | null, at: number): number {
  if (chosen === null) return at;
  return at === chosen[0] ? chosen[1] : chosen[0];
}
