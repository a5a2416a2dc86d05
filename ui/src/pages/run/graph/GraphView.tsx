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
import { type Graph, graphOf } from "./graph";
import { HIGH, leftOf, middleOf, sizeOf, strokesOf, WIDTH } from "./lines";

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

interface Drawing {
  graph: Graph;
  scene: Pick<RunScene, "runs">;
  search: RunSearch;
  onChange: Change;
}

function Drawn({ graph: { nodes, laid }, scene: { runs }, search, onChange }: Drawing) {
  const { width, height } = sizeOf(laid);
  const chosen = nodes.findIndex(({ key }) => key === search.sel);
  const strokes = useMemo(() => strokesOf(laid, chosen), [laid, chosen]);
  return (
    <div className={styles.scroller}>
      <div className={styles.inside} style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {strokes.map(({ kind, chosen, d }) => (
            <path key={`${kind} ${chosen}`} d={d} data-kind={kind} data-chosen={chosen} />
          ))}
        </svg>
        <ul>
          {nodes.map((node, index) => (
            <li
              key={node.key}
              style={{
                left: leftOf(laid, index),
                top: middleOf(laid, index) - HIGH / 2,
                width: WIDTH,
              }}
            >
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
