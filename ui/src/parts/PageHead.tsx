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

/** Of a title the first lines; one that is longer is told whole where it is pointed at. */
export function Title({ text }: { text: string }) {
  return (
    <span className={styles.title} title={text.length > SHORT ? visible(text) : undefined}>
      {visible(text)}
    </span>
  );
}

/** Characters that have room on any screen. */
const SHORT = 60;

/** The head of a page. */
export function PageHead({ title, children, actions }: Head) {
  return (
    <header className={styles.head}>
      <h1>{typeof title === "string" ? <Title text={title} /> : title}</h1>
      <div className={styles.beside}>{children}</div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </header>
  );
}
