import { whole } from "../../parts/numbers";
import styles from "./Work.module.css";

/** How many of the runs that may be under way at a time are. */
export function Slots({ taken, limit }: { taken: number; limit: number | null }) {
  if (limit === null) return <span>{whole(taken)}</span>;
  return (
    <span className={styles.slots}>
      <meter
        value={taken}
        max={Math.max(limit, taken, 1)}
        aria-label={`${taken} of ${limit} slots`}
      />
      {whole(taken)} of {whole(limit)}
    </span>
  );
}
