import { type RefObject, useEffect, useState } from "react";

/** How wide an element is, in CSS pixels, now. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const shown = element.current;
    if (shown === null) return;
    const observer = new ResizeObserver(() => setWidth(shown.clientWidth));
    observer.observe(shown);
    setWidth(shown.clientWidth);
    return () => observer.disconnect();
  }, [element]);
  return width;
}
