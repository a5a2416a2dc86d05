import { Link } from "@tanstack/react-router";
import { visible } from "../browser/visible";
import { Icon } from "./Icon";
import { Middle } from "./Middle";
import { runPath } from "./places";
import styles from "./ResourceLink.module.css";
import { blockOf, deploymentOf, isExternal, labelOf, runOf } from "./resources";
import { Slashed } from "./Slashed";

interface Named {
  id: string;
  name?: string | null;
}

/** Characters at the end of a path that stay: parts of a data set differ there, before the suffix. */
const END = 18;

/** A resource by its name, leading to its page; ◆ says that it is outside.
 *
 * `inRow`: it has one line, and what is cut is in its middle. */
export function ResourceLink({ id, name, inRow = false }: Named & { inRow?: boolean }) {
  const run = runOf(id);
  const label = labelOf({ id, name });
  if (run !== null) return <RunLink id={run} label={label} />;
  const block = blockOf(id);
  if (block !== null) {
    return (
      <Link to="/blocks/$id" params={{ id: block }} title={visible(id)} className={styles.link}>
        {label}
      </Link>
    );
  }
  const deployment = deploymentOf(id);
  if (deployment !== null) {
    return (
      <Link
        to="/deployments/$id"
        params={{ id: deployment }}
        title={visible(id)}
        className={styles.link}
      >
        {label}
      </Link>
    );
  }
  return (
    <Link
      to="/resource"
      search={{ id }}
      title={visible(id)}
      className={inRow ? `${styles.link} ${styles.line}` : styles.link}
    >
      {isExternal(id) && <ExternalMark />}
      {inRow ? <Middle text={label} end={END} /> : <Slashed text={label} />}
    </Link>
  );
}

/** ◆ */
export function ExternalMark() {
  return (
    <span data-tone="external" className={styles.mark}>
      <Icon name="diamond" size={10} />
    </span>
  );
}

const TAIL = 8;

/** A run, by its name or the end of its id. */
export function RunLink({ id, label }: { id: string; label?: string }) {
  return (
    <Link to={runPath(id)} title={id} className={styles.link}>
      {label === undefined ? id.slice(-TAIL) : visible(label)}
    </Link>
  );
}
