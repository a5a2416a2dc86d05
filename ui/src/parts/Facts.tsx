import type { ReactNode } from "react";
import { visible } from "../browser/visible";
import styles from "./Facts.module.css";

/** Names and values, a line for each; those without a value are left out. */
export function Facts({ facts }: { facts: [name: string, value: ReactNode][] }) {
  return (
    <dl className={styles.facts}>
      {facts
        .filter(
          ([, value]) => value !== null && value !== undefined && value !== false && value !== "",
        )
        .map(([name, value]) => (
          <div key={name}>
            <dt>{visible(name)}</dt>
            <dd>{typeof value === "string" ? visible(value) : value}</dd>
          </div>
        ))}
    </dl>
  );
}
