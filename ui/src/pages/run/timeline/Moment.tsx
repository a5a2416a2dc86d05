import { usePointed } from "../pointed";
import type { Axis } from "./axis";
import styles from "./Timeline.module.css";

/** Where the moment is that someone points at in the log; what is not in sight has no place. */
export function Moment({ axis }: { axis: Axis }) {
  const pointed = usePointed();
  const share = pointed === null ? -1 : axis.shareOf(pointed.time);
  if (share < 0 || share > 1) return null;
  return (
    <span
      className={styles.moment}
      data-moment
      style={{ left: `${share * 100}%` }}
      aria-hidden="true"
    />
  );
}
