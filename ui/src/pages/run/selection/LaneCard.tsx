import { Card } from "../../../parts/Card";
import { Facts } from "../../../parts/Facts";
import { whole } from "../../../parts/numbers";
import { ResourceLink } from "../../../parts/ResourceLink";
import type { Lane } from "../data/happenings";

/** A system that told something while the run went on. */
export function LaneCard({ lane }: { lane: Lane }) {
  return (
    <Card title="System">
      <Facts
        facts={[
          ["System", <ResourceLink key="system" id={lane.system} />],
          ["Kind", lane.kind],
          ["Events here", whole(lane.events.length)],
        ]}
      />
    </Card>
  );
}
