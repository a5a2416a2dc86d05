import { useZone } from "../../browser/zone";
import type { Bins } from "../bins";
import { timeOf } from "../bins";
import { moment } from "../times";
import styles from "./HealthStrip.module.css";
import { type Cell, rateText } from "./health";

/** How the runs fared that touched it, span by span: a bar of those that failed, within the others. */
export function HealthStrip({ cells, bins }: { cells: readonly Cell[]; bins: Bins }) {
  const zone = useZone();
  const failed = cells.filter(({ failures }) => failures > 0).length;
  const used = cells.filter(({ runs }) => runs > 0).length;
  return (
    <div
      role="img"
      aria-label={`Runs failed in ${failed} of ${used} spans in which they touched it.`}
      className={styles.strip}
    >
      {cells.map((cell, index) => (
        <i
          // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
          key={index}
          data-looks={looksOf(cell)}
          title={`${moment(timeOf(bins, [index, index]).from, zone)}: ${rateText(cell)}`}
        />
      ))}
    </div>
  );
}

function looksOf({ runs, failures }: Cell): string {
  if (runs === 0) return "unused";
  if (failures === 0) return "ok";
  return failures * 2 < runs ? "some" : "bad";
}
