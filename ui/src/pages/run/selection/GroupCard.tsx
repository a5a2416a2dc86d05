import { useMemo } from "react";
import { Card } from "../../../parts/Card";
import { Facts } from "../../../parts/Facts";
import { whole } from "../../../parts/numbers";
import { duration } from "../../../parts/times";
import { type Runs, stateOf } from "../data/runs";
import type { RunScene } from "../useScene";
import { spreadOf } from "./usual";

interface Grouped {
  scene: RunScene;
  label: string;
  members: readonly number[];
}

/** Many runs of one task: how they did, and how long they took. */
export function GroupCard({ scene: { runs, now }, label, members }: Grouped) {
  const states = useMemo(() => countsOf(runs, members), [runs, members]);
  const took = useMemo(() => spreadOf(runs, members, now), [runs, members, now]);
  return (
    <Card title={`${label} ×${whole(members.length)}`}>
      <Facts
        facts={[
          ...[...states].map(([name, count]): [string, string] => [name, whole(count)]),
          ["Shortest", duration(took.shortest)],
          ["Median", duration(took.median)],
          ["Longest", duration(took.longest)],
        ]}
      />
    </Card>
  );
}

/** Runs by the name of their state. */
function countsOf(runs: Runs, members: readonly number[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const run of members) {
    const { name } = stateOf(runs, run);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
