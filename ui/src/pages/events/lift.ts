/** How differences are said. */
import type { Schemas } from "../../api/types";

type Compared = Schemas["Compared"];

/** `13×`, `0.4×`; `new` and `gone` where it is in one of the two only. */
export function liftText({ change, lift }: Compared): string {
  if (change === "new" || change === "gone") return change;
  return lift >= 10 ? `${Math.round(lift)}×` : `${lift.toPrecision(2)}×`;
}

/** Both counts with their shares: `31 (4.0%) / 2 (0.3%)`. */
export function sharesText({ events, share, base_events, base_share }: Compared): string {
  return `${events} (${percent(share)}) / ${base_events} (${percent(base_share)})`;
}

export function percent(share: number): string {
  if (share > 0 && share < 0.001) return "<0.1%";
  return `${(share * 100).toFixed(share < 0.1 ? 1 : 0)}%`;
}
