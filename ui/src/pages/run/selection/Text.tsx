import type { ReactNode } from "react";
import styles from "./Selection.module.css";

/** A text that may be long: it scrolls by itself, and the keys reach it. */
export function Text({ label, children }: { label: string; children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keys
    <section aria-label={label} tabIndex={0} className={styles.text}>
      <pre>{children}</pre>
    </section>
  );
}
