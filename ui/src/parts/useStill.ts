import { type PointerEvent, useState } from "react";

interface Still<T> {
  shown: T;
  /** There is something newer, which is shown when the pointer goes. */
  behind: boolean;
  /** Show it although the pointer is there. */
  release: () => void;
  /** For the element in which nothing may move. */
  hold: {
    onPointerEnter: (event: PointerEvent) => void;
    onPointerLeave: () => void;
  };
}

/** Show what is new, but keep what someone points at as it is. */
export function useStill<T>(data: T): Still<T> {
  const [held, setHeld] = useState<{ data: T } | null>(null);
  return {
    shown: held === null ? data : held.data,
    behind: held !== null && held.data !== data,
    release: () => setHeld(null),
    hold: {
      onPointerEnter: ({ pointerType }) => pointerType === "mouse" && setHeld({ data }),
      onPointerLeave: () => setHeld(null),
    },
  };
}
