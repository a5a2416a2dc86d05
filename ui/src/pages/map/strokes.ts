/** Draw edges that look alike in one stroke: a thousand elements would take a thousand times. */
import type { MapEdge } from "../../api/types";
import type { Graph } from "./graph";
import type { Placed } from "./layout";
import { pathOf } from "./paths";

export interface Stroke {
  kind: MapEdge["kind"];
  failed: boolean;
  /** `lit` joins what is connected with the selection, `dim` all else; without one all are `plain`. */
  look: "plain" | "lit" | "dim";
  d: string;
}

/** What is lit comes last, over the rest. */
const LOOKS: readonly Stroke["look"][] = ["dim", "plain", "lit"];

export function strokesOf(
  { edges }: Graph,
  placed: Placed,
  lit: ReadonlySet<number> | null,
  low = Number.POSITIVE_INFINITY,
): Stroke[] {
  const strokes = new Map<string, Stroke>();
  for (const edge of edges) {
    if (Math.min(placed.top(edge.source), placed.top(edge.target)) >= low) continue;
    const failed = edge.failures > 0;
    const look = lookOf(edge, lit);
    const key = `${edge.kind} ${failed} ${look}`;
    const d = pathOf(placed, edge);
    const known = strokes.get(key);
    if (known === undefined) strokes.set(key, { kind: edge.kind, failed, look, d });
    else known.d += d;
  }
  return [...strokes.values()].sort((one, other) => rank(one) - rank(other));
}

function lookOf({ source, target }: MapEdge, lit: ReadonlySet<number> | null): Stroke["look"] {
  if (lit === null) return "plain";
  return lit.has(source) && lit.has(target) ? "lit" : "dim";
}

function rank({ look, failed }: Stroke): number {
  return LOOKS.indexOf(look) * 2 + Number(failed);
}
