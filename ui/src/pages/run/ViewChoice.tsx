import { useKeys } from "../../browser/keyboard";
import { Choice } from "../../parts/Choice";
import { isInfrastructure } from "./data/infrastructure";
import type { Change, RunSearch } from "./search";
import type { RunScene } from "./useScene";

const VIEWS = ["timeline", "graph"] as const;
const MORE = [...VIEWS, "infrastructure"] as const;

interface Chosen {
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
}

/** The run by time, by what depends on what, or by what it ran on, where that is known. */
export function ViewChoice({ scene, search, onChange }: Chosen) {
  const choose = (view: (typeof MORE)[number]) =>
    onChange({ view: view === "timeline" ? undefined : view });
  const isKnown = scene.happenings.lanes.some(({ system }) => isInfrastructure(system));
  const views = isKnown || search.view === "infrastructure" ? MORE : VIEWS;
  const other = search.view === "graph" ? "timeline" : "graph";
  useKeys([{ keys: "v", does: "Timeline or graph", run: () => choose(other) }]);
  return (
    <Choice label="View" choices={views} value={search.view ?? "timeline"} onChoose={choose} />
  );
}
