import { type CSSProperties, memo, type RefObject, useDeferredValue, useMemo, useRef } from "react";
import type { MapNode } from "../../api/types";
import { useKeys } from "../../browser/keyboard";
import { visible } from "../../browser/visible";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { connected, type Graph } from "./graph";
import { layOut, type Placed, WIDTH } from "./layout";
import styles from "./Picture.module.css";
import { type Key, reached } from "./steps";
import { strokesOf } from "./strokes";

interface Shown {
  graph: Graph;
  selected: number | null;
  /** Select it, or nothing if it is selected. The same function as long as the graph is the same. */
  onSelect: (node: number | null) => void;
}

const TITLES: [tier: MapNode["tier"], title: string][] = [
  ["flow", "Flows"],
  ["task", "Tasks"],
  ["system", "Systems"],
];

/** The map: three lists side by side, with the edges drawn behind them. Narrow, they are lists. */
export function Picture({ graph, selected, onSelect }: Shown) {
  const placed = useMemo(() => layOut(graph), [graph]);
  const lit = useMemo(
    () => (selected === null ? null : connected(graph, selected)),
    [graph, selected],
  );
  // What is out of sight follows what is in sight.
  const low = useDeferredValue(Number.POSITIVE_INFINITY, window.innerHeight);
  const map = useRef<HTMLDivElement>(null);
  useMapKeys(map, graph, placed, onSelect);
  return (
    <div
      ref={map}
      className={styles.map}
      style={{ "--height": `${placed.height}px` } as CSSProperties}
    >
      <Edges graph={graph} placed={placed} lit={lit} low={low} />
      {TITLES.map(([tier, title]) => (
        <section key={tier} aria-label={title} className={styles.tier} data-tier={tier}>
          <h2>
            {title} <span>{placed.tiers[tier].length}</span>
          </h2>
          <ul>
            {placed.tiers[tier].slice(0, placed.above(tier, low)).map((node, at) => (
              <li
                key={node}
                style={{ top: placed.top(node) }}
                data-far={placed.top(node) >= window.innerHeight || undefined}
              >
                <Node
                  node={graph.nodes[node] as MapNode}
                  index={node}
                  first={at === 0}
                  selected={node === selected}
                  dim={lit !== null && !lit.has(node)}
                  onSelect={onSelect}
                />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface Drawn {
  graph: Graph;
  placed: Placed;
  lit: ReadonlySet<number> | null;
  /** Edges that begin below it are left out. */
  low: number;
}

const Edges = memo(function Edges({ graph, placed, lit, low }: Drawn) {
  return (
    <svg
      className={styles.edges}
      aria-hidden="true"
      viewBox={`0 0 ${WIDTH} ${placed.height}`}
      preserveAspectRatio="none"
    >
      {strokesOf(graph, placed, lit, low).map(({ kind, failed, look, d }) => (
        <path
          key={`${kind} ${failed} ${look}`}
          d={d}
          data-kind={kind}
          data-failed={failed || undefined}
          data-look={look}
        />
      ))}
    </svg>
  );
});

interface NodeShown {
  node: MapNode;
  index: number;
  /** The one that Tab comes to. */
  first: boolean;
  selected: boolean;
  dim: boolean;
  onSelect: (node: number) => void;
}

// Thousands of elements in all, so that each has as few as it can do with.
const Node = memo(function Node({ node, index, first, selected, dim, onSelect }: NodeShown) {
  const { tier, name, runs, failures } = node;
  return (
    <button
      type="button"
      className={styles.node}
      data-node={index}
      data-dim={dim || undefined}
      aria-pressed={selected}
      tabIndex={first ? 0 : -1}
      title={`${name}: ${whole(runs)} runs, ${whole(failures)} failed`}
      onClick={() => onSelect(index)}
    >
      {tier === "system" && (
        <span data-tone="external">
          <Icon name="diamond" size={10} />
        </span>
      )}
      <span className={styles.name}>{visible(name)}</span>
      <span className={styles.runs}>{whole(runs)}</span>
      {failures > 0 && (
        <span data-tone="bad">
          <Icon name="cross" size={9} /> {whole(failures)}
        </span>
      )}
    </button>
  );
});

const ARROWS: [key: Key, does: string][] = [
  ["ArrowUp", "Map: up"],
  ["ArrowDown", "Map: down"],
  ["ArrowLeft", "Map: to what uses it"],
  ["ArrowRight", "Map: to what it uses"],
];

/** Up and down go through a tier, left and right along an edge. */
function useMapKeys(
  map: RefObject<HTMLDivElement | null>,
  graph: Graph,
  placed: Placed,
  onSelect: (node: number | null) => void,
): void {
  const go = (key: Key) => {
    const at = document.activeElement?.getAttribute("data-node");
    const from = at == null ? null : Number(at);
    const to = from === null ? placed.tiers.flow[0] : reached(key, from, graph, placed);
    map.current?.querySelector<HTMLElement>(`[data-node="${to}"]`)?.focus();
  };
  useKeys([
    ...ARROWS.map(([keys, does]) => ({ keys, does, run: () => go(keys) })),
    { keys: "Escape", does: "Map: select nothing", run: () => onSelect(null) },
  ]);
}
