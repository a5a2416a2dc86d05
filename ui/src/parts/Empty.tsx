import type { ReactNode } from "react";
import { Command } from "./Command";
import styles from "./Empty.module.css";

interface Nothing {
  /** What is not there, in a sentence. */
  title: string;
  /** How something comes to be there. */
  children?: ReactNode;
  command?: string;
}

/** Nothing to show, and what to do next. */
export function Empty({ title, children, command }: Nothing) {
  return (
    <div className={styles.empty}>
      <strong>{title}</strong>
      {children && <p className="muted">{children}</p>}
      {command && <Command text={command} />}
    </div>
  );
}
