import type { StateType } from "../api/types";
import { Icon } from "./Icon";
import styles from "./StateBadge.module.css";
import { faceOf } from "./states";

interface Shown {
  state: { type: StateType; name: string };
  /** With a border around it, as in the head of a page. */
  pill?: boolean;
}

/** A state: its icon, its colour and its word. */
export function StateBadge({ state, pill = false }: Shown) {
  const { icon, tone } = faceOf(state);
  return (
    <span className={pill ? `${styles.badge} ${styles.pill}` : styles.badge} data-tone={tone}>
      <Icon name={icon} />
      {state.name}
    </span>
  );
}
