import { type ReactNode, useId } from "react";
import styles from "./Card.module.css";

interface Titled {
  title: ReactNode;
  /** On the right of the title. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page with a title of its own. */
export function Card({ title, actions, children }: Titled) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {actions}
      </header>
      <div className={styles.body}>{children}</div>
    </section>
  );
}
