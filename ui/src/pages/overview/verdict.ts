/** Say in one look whether anything is wrong. */

import type { FailureGroup, Overview } from "../../api/types";
import type { IconName } from "../../parts/icons";
import { amount, counted } from "../../parts/numbers";
import type { Tone } from "../../parts/states";

export interface Verdict {
  tone: Tone;
  icon: IconName;
  text: string;
}

/** Those of which some flow has not completed since, apart from those that are well again. */
export function sorted(
  groups: readonly FailureGroup[],
): [now: FailureGroup[], past: FailureGroup[]] {
  const isPast = ({ flows, recovered }: FailureGroup) =>
    flows.length > 0 && flows.every((flow) => recovered.includes(flow));
  return [groups.filter((group) => !isPast(group)), groups.filter(isPast)];
}

/** One sentence for each thing that is wrong, or one that nothing is. */
export function verdicts({
  failing,
  late_count: late,
}: Pick<Overview, "failing" | "late_count">): Verdict[] {
  const wrong: Verdict[] = [];
  const flows = new Set(failing.flatMap((group) => group.flows.filter(isFailing(group))));
  if (flows.size > 0) wrong.push({ tone: "bad", icon: "cross", text: failingText(flows.size) });
  if (late.count > 0) {
    wrong.push({
      tone: "warn",
      icon: "warning",
      text: `${amount(late)} ${late.count === 1 ? "run is" : "runs are"} late`,
    });
  }
  if (wrong.length > 0) return wrong;
  return [{ tone: "ok", icon: "check", text: "Nothing is failing, nothing is late" }];
}

function isFailing({ recovered }: FailureGroup): (flow: string) => boolean {
  return (flow) => !recovered.includes(flow);
}

function failingText(flows: number): string {
  return `${counted(flows, "flow is", "flows are")} failing`;
}
