import { useKeys } from "../../browser/keyboard";
import { Choice } from "../../parts/Choice";
import type { Change, RunSearch } from "./search";

const VIEWS = ["timeline", "graph"] as const;

/** The run by time, or by what depends on what. */
export function ViewChoice({ search, onChange }: { search: RunSearch; onChange: Change }) {
  const choose = (view: (typeof VIEWS)[number]) =>
    onChange({ view: view === "graph" ? view : undefined });
  const other = search.view === "graph" ? "timeline" : "graph";
  useKeys([{ keys: "v", does: "Timeline or graph", run: () => choose(other) }]);
  return (
    <Choice label="View" choices={VIEWS} value={search.view ?? "timeline"} onChoose={choose} />
  );
}
