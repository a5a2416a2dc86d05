import type { MapEdge, MapNode } from "../../api/types";
import { visible } from "../../browser/visible";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { flowPath, resourcePath } from "../../parts/places";
import type { Graph } from "./graph";
import styles from "./Selection.module.css";

interface Shown {
  graph: Graph;
  selected: number | null;
  onSelect: (node: number) => void;
}

/** What is selected: its counts, its page, and what it is joined with. */
export function Selection({ graph, selected, onSelect }: Shown) {
  const node = selected === null ? undefined : graph.nodes[selected];
  if (node === undefined || selected === null) return <Legend />;
  return (
    <div className={styles.selection}>
      <Card title={WORDS[node.tier]} actions={<Page node={node} />}>
        <h3 className={styles.name} data-tone={node.tier === "system" ? "external" : undefined}>
          {node.tier === "system" && <Icon name="diamond" size={10} />}
          <span>{visible(node.name)}</span>
        </h3>
        <Facts
          facts={[
            ["Runs", whole(node.runs)],
            ["Failed", <Failed key="failed" count={node.failures} />],
            ["Kind", node.tier === "system" ? node.kind : null],
          ]}
        />
        {GROUPS.map(({ kind, end, title }) => (
          <Joined
            key={title}
            title={title}
            edges={graph.edges.filter((edge) => edge.kind === kind && edge[end] === selected)}
            other={end === "source" ? "target" : "source"}
            nodes={graph.nodes}
            onSelect={onSelect}
          />
        ))}
      </Card>
    </div>
  );
}

const WORDS: Record<MapNode["tier"], string> = { flow: "Flow", task: "Task", system: "System" };

interface Group {
  kind: MapEdge["kind"];
  /** At which end of its edges the selected one is. */
  end: "source" | "target";
  title: string;
}

const GROUPS: readonly Group[] = [
  { kind: "calls", end: "target", title: "Called by" },
  { kind: "calls", end: "source", title: "Calls" },
  { kind: "feeds", end: "target", title: "Gets results of" },
  { kind: "feeds", end: "source", title: "Feeds" },
  { kind: "touches", end: "source", title: "Touches" },
  { kind: "touches", end: "target", title: "Touched by" },
];

function Page({ node: { tier, name } }: { node: MapNode }) {
  if (tier === "flow") return <Go to={flowPath(name)}>Open the flow</Go>;
  if (tier === "system") return <Go to={resourcePath(name)}>Open the system</Go>;
  return null;
}

function Failed({ count }: { count: number }) {
  if (count === 0) return <span className="muted">none</span>;
  return (
    <span data-tone="bad">
      <Icon name="cross" size={9} /> {whole(count)}
    </span>
  );
}

interface JoinedShown {
  title: string;
  edges: MapEdge[];
  other: "source" | "target";
  nodes: readonly MapNode[];
  onSelect: (node: number) => void;
}

function Joined({ title, edges, other, nodes, onSelect }: JoinedShown) {
  if (edges.length === 0) return null;
  return (
    <>
      <h4 className={styles.title}>{title}</h4>
      <ul className={styles.joined}>
        {edges.map((edge) => (
          <li key={edge[other]}>
            <button type="button" onClick={() => onSelect(edge[other])}>
              {visible(nodes[edge[other]]?.name ?? "")}
            </button>
            <span className="muted">{whole(edge.runs)}</span>
            {edge.failures > 0 && <Failed count={edge.failures} />}
          </li>
        ))}
      </ul>
    </>
  );
}

function Legend() {
  return (
    <div className={styles.selection}>
      <Card title="The map">
        <p className="muted">
          Flows call tasks and flows, tasks feed tasks, and both touch systems. The numbers are runs
          of the time;{" "}
          <span data-tone="bad">
            <Icon name="cross" size={9} />
          </span>{" "}
          those that failed.
        </p>
        <p className="muted">Select something to see what it depends on, and what depends on it.</p>
      </Card>
    </div>
  );
}
