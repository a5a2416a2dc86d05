import type { ReactNode } from "react";
import { visible } from "../browser/visible";
import styles from "./PageHead.module.css";

interface Head {
  title: ReactNode;
  /** Beside the title: counts, state, time. */
  children?: ReactNode;
  /** On the right. */
  actions?: ReactNode;
}

/** The head of a page. */
export function PageHead({ title, children, actions }: Head) {
  return (
    <header className={styles.head}>
      <h1>{typeof title === "string" ? visible(title) : title}</h1>
      <div className={styles.beside}>{children}</div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}
