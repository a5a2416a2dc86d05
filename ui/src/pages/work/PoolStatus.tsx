import type { WorkPool } from "../../api/types";
import { Icon } from "../../parts/Icon";
import { counted } from "../../parts/numbers";

/** Whether runs of the pool are taken. */
export function PoolStatus({ pool: { paused, online } }: { pool: WorkPool }) {
  if (paused) {
    return (
      <span data-tone="warn">
        <Icon name="pause" size={10} /> paused
      </span>
    );
  }
  if (online === 0) {
    return (
      <span data-tone="warn">
        <Icon name="warning" size={10} /> no worker is online
      </span>
    );
  }
  return (
    <span data-tone="ok">
      <Icon name="dot" size={10} /> {counted(online, "worker")} online
    </span>
  );
}
