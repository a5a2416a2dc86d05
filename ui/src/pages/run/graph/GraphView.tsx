import { useMemo } from "react";
import { Empty } from "../../../parts/Empty";
import { Icon } from "../../../parts/Icon";
import { whole } from "../../../parts/numbers";
import { faceOf } from "../../../parts/states";
import { stateOf } from "../data/runs";
import panel from "../Panel.module.css";
import type { Change, RunSearch } from "../search";
import type { RunScene } from "../useScene";
import { ViewChoice } from "../ViewChoice";
import styles from "./GraphView.module.css";
import { type Edge, type Graph, graphOf, type Node } from "./graph";

interface Shown {
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
}

/** What depends on what, from left to right, as the code says it. */
export function GraphView({ scene, search, onChange }: Shown) {
  const { runs } = scene;
  const graph = useMemo(() => graphOf(runs), [runs]);
  return (
    <section className={panel.panel} aria-label="Graph">
      <header className={panel.tools}>
        <ViewChoice scene={scene} search={search} onChange={onChange} />
        {graph.left > 0 && (
          <span data-tone="warn">{whole(graph.left)} more nodes are not drawn.</span>
        )}
        <span className={panel.aside}>— needs a result or waits · ┄ is called by</span>
      </header>
      {graph.nodes.length > 0 ? (
        <Drawn graph={graph} scene={{ runs }} search={search} onChange={onChange} />
      ) : (
        <Empty title="This run called no task and no subflow." />
      )}
    </section>
  );
}

const WIDTH = 190;
const ACROSS = 250;
const DOWN = 36;
const HIGH = 28;
const MARGIN = 12;

interface Drawing {
  graph: Graph;
  scene: Pick<RunScene, "runs">;
  search: RunSearch;
  onChange: Change;
}

function Drawn({ graph, scene: { runs }, search, onChange }: Drawing) {
  const width = (graph.layers - 1) * ACROSS + WIDTH + 2 * MARGIN;
  const height = graph.longest * DOWN + 2 * MARGIN;
  const chosen = graph.nodes.findIndex(({ key }) => key === search.sel);
  return (
    <div className={styles.scroller}>
      <div className={styles.inside} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {graph.edges.map((edge) => (
            <path
              key={`${edge.from} ${edge.to}`}
              d={pathOf(graph, edge)}
              data-kind={edge.kind}
              data-chosen={edge.from === chosen || edge.to === chosen}
            />
          ))}
        </svg>
        <ul>
          {graph.nodes.map((node) => (
            <li key={node.key} style={{ left: leftOf(node), top: topOf(node), width: WIDTH }}>
              <button
                type="button"
                aria-pressed={node.key === search.sel}
                title={node.label}
                onClick={() => onChange({ sel: node.key, event: undefined, at: undefined })}
              >
                <State
                  {...faceOf(stateOf(runs, node.shown))}
                  word={stateOf(runs, node.shown).name}
                />
                <span className={styles.label}>{node.label}</span>
                {node.members.length > 1 && (
                  <span className="muted">×{whole(node.members.length)}</span>
                )}
              </button>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function State({ icon, tone, word }: ReturnType<typeof faceOf> & { word: string }) {
  return (
    <span data-tone={tone} title={word}>
      <Icon name={icon} size={11} />
      <span className="spoken">{word}</span>
    </span>
  );
}

function leftOf({ layer }: Node): number {
  return MARGIN + layer * ACROSS;
}

function topOf({ place }: Node): number {
  return MARGIN + place * DOWN;
}

function pathOf({ nodes }: Graph, { from, to }: Edge): string {
  const [before, after] = [nodes[from], nodes[to]];
  if (before === undefined || after === undefined) return "";
  const [x1, y1] = [leftOf(before) + WIDTH, topOf(before) + HIGH / 2];
  const [x2, y2] = [leftOf(after), topOf(after) + HIGH / 2];
  const middle = (x1 + x2) / 2;
  return `M${x1} ${y1}C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}`;
}
