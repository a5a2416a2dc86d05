import { type ReactNode, useLayoutEffect, useRef } from "react";
import styles from "./Stuck.module.css";

/** What stays on top of a page that is scrolled; the titles of its rows stay below it. */
export function Stuck({ children }: { children: ReactNode }) {
  const stuck = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const shown = stuck.current;
    const page = shown?.parentElement;
    if (!shown || !page) return;
    // Not measured once: filters that are chosen take another line.
    const observer = new ResizeObserver(() =>
      page.style.setProperty("--stuck", `${shown.offsetHeight}px`),
    );
    observer.observe(shown);
    return () => {
      observer.disconnect();
      page.style.removeProperty("--stuck");
    };
  }, []);
  return (
    <div ref={stuck} className={styles.stuck}>
      {children}
    </div>
  );
}
