import { live } from "../api/live";
import { useLiveStatus } from "../api/useLive";
import { Icon } from "../parts/Icon";
import styles from "./Lost.module.css";

/** Says that nothing new comes in, and since it goes on by itself, offers to do so now. */
export function Lost() {
  const status = useLiveStatus();
  return (
    <div role="status" className={styles.lost} hidden={status !== "lost"}>
      <span data-tone="warn">
        <Icon name="warning" /> Disconnected
      </span>
      <span>What you see may be out of date. Trying again …</span>
      <button type="button" onClick={live.retry}>
        Retry now
      </button>
    </div>
  );
}
