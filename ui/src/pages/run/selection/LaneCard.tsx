import { Card } from "../../../parts/Card";
import { Facts } from "../../../parts/Facts";
import { whole } from "../../../parts/numbers";
import { ResourceLink } from "../../../parts/ResourceLink";
import type { Lane } from "../data/happenings";
import { isInfrastructure, nameOfLane } from "../data/infrastructure";

/** A system that told something while the run went on, or what the run ran on. */
export function LaneCard({ lane }: { lane: Lane }) {
  const title = isInfrastructure(lane.system) ? "Infrastructure" : "System";
  return (
    <Card title={title}>
      <Facts
        facts={[
          [title, <ResourceLink key="system" id={lane.system} name={nameOfLane(lane.system)} />],
          ["Kind", lane.kind],
          ["Events here", whole(lane.events.length)],
        ]}
      />
    </Card>
  );
}
