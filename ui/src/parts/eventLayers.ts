/** How events look in the layers of a histogram. */
import type { Schemas } from "../api/types";
import { isOutside } from "./events";
import type { Layer } from "./Histogram";
import { type Outcome, outcomeOf } from "./outcomes";

type Series = Schemas["EventSeries"];

const TONES: Record<Outcome, string> = { failed: "bad", ok: "ok", other: "idle" };
const FAINTEST = 0.35;

/** Outcomes in the colours of states. */
export function outcomeLayers(series: readonly Series[]): Layer[] {
  return series.map(({ key, counts }) => ({
    key: key ?? "",
    label: key ?? "",
    tone: TONES[key as Outcome] ?? "idle",
    counts,
  }));
}

/** Names by whose they are, the more frequent the stronger. */
export function nameLayers(series: readonly Series[]): Layer[] {
  return series.map(({ key, counts }, index) => ({
    key: key ?? "",
    label: key ?? "all others",
    tone: toneOf(key),
    strength: 1 - (index / Math.max(series.length - 1, 1)) * (1 - FAINTEST),
    counts,
  }));
}

function toneOf(name: string | null): string {
  if (name === null) return "idle";
  if (outcomeOf(name) === "failed") return "bad";
  return isOutside(name) ? "external" : "run";
}
