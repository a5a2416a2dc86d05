import { Card } from "../../../parts/Card";
import { at } from "../data/columns";
import { type Lines, lineAt } from "../data/lines";
import type { Change, RunSearch } from "../search";
import type { RunScene } from "../useScene";
import { EventCard } from "./EventCard";
import { GroupCard } from "./GroupCard";
import { LaneCard } from "./LaneCard";
import { LineCard } from "./LineCard";
import { RunCard } from "./RunCard";
import styles from "./Selection.module.css";

interface Shown {
  scene: RunScene;
  /** Undefined until the log has come. */
  lines: Lines | undefined;
  search: RunSearch;
  onChange: Change;
}

/** What is selected, in full: a line of the log above the run that logged it, else one thing. */
export function Selection({ lines, ...shown }: Shown) {
  const { scene, search, onChange } = shown;
  const line = lines && scene.moment !== null ? lineAt(lines, scene.moment, search.sel) : -1;
  return (
    <div className={styles.cards}>
      {lines && line >= 0 && (
        <LineCard lines={lines} line={line} find={search.find} runs={scene.runs} />
      )}
      <Thing scene={scene} onChange={onChange} />
    </div>
  );
}

function Thing({ scene, onChange }: Pick<Shown, "scene" | "onChange">) {
  const row = scene.rows[scene.selected];
  if (scene.event >= 0) {
    const { position } = at(scene.happenings.events, scene.event);
    return <EventCard position={position} runs={scene.runs} />;
  }
  if (row?.kind === "run") return <RunCard scene={scene} run={row.run} onChange={onChange} />;
  if (row?.kind === "group") {
    return <GroupCard scene={scene} label={row.label} members={row.members} />;
  }
  if (row?.kind === "lane") return <LaneCard lane={row.lane} />;
  return (
    <Card title="Selection">
      <p className="muted">
        Select a row, an event or a log line: what is known of it stands here. <kbd>f</kbd> goes to
        the next failure.
      </p>
    </Card>
  );
}
