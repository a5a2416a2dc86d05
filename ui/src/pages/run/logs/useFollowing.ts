import type { Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState } from "react";

interface Followed {
  /** Items there are. */
  count: number;
  /** What they are narrowed to: others are not new ones. */
  of: string;
  /** More will come. */
  goesOn: boolean;
  /** Where it is opened, -1 at its beginning; one that goes on, at its end. */
  opensAt: number;
}

interface Following {
  /** How many came since the end was in sight. */
  fresh: number;
  toEnd: () => void;
  onScroll: () => void;
}

/** So far from the end it is still in sight. */
const NEAR = 24;

/** Stay at the end of a log that grows; for who looks elsewhere, count what came. */
export function useFollowing(
  virtual: Virtualizer<HTMLDivElement, Element>,
  { count, of, goesOn, opensAt }: Followed,
): Following {
  const atEnd = useRef(goesOn && opensAt < 0);
  const live = useRef(goesOn);
  live.current ||= goesOn;
  const [seen, setSeen] = useState({ count, of });
  const toEnd = () => {
    atEnd.current = true;
    virtual.scrollToIndex(count - 1, { align: "end" });
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: only where it was opened counts
  useEffect(() => {
    if (opensAt >= 0) virtual.scrollToIndex(opensAt, { align: "center" });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what is new is followed
  useEffect(() => {
    if (live.current && atEnd.current) toEnd();
    if (!live.current || atEnd.current || seen.of !== of) setSeen({ count, of });
  }, [count, of]);
  const onScroll = () => {
    const list = virtual.scrollElement;
    if (list === null) return;
    atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
    if (atEnd.current) setSeen({ count, of });
  };
  return { fresh: seen.of === of ? Math.max(0, count - seen.count) : 0, toEnd, onScroll };
}
