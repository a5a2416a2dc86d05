import { useDeferredValue, useMemo, useRef } from "react";
import { Empty } from "../../../parts/Empty";
import { at, writeTime } from "../data/columns";
import { nameOfLife } from "../data/infrastructure";
import type { Lines } from "../data/lines";
import { isFailed } from "../data/runs";
import type { Log } from "../logQuery";
import panel from "../Panel.module.css";
import type { Change, RunSearch } from "../search";
import type { RunScene } from "../useScene";
import { List } from "./List";
import { linesAmong, merged } from "./merged";
import { currentPlace, firstError, stepped } from "./place";
import { Tools } from "./Tools";
import { useArtifactKeys } from "./useArtifactKeys";

interface Shown {
  log: Log;
  lines: Lines;
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
}

/** What was logged, with the events in between; what is selected on the axis is in sight here. */
export function Logs({ log, lines, scene, search, onChange }: Shown) {
  const list = useRef<HTMLDivElement>(null);
  const find = useDeferredValue(search.find);
  const items = useItems(lines, scene, search, find);
  const shown = useMemo(() => linesAmong(items), [items]);
  const names = useArtifactKeys(scene);
  const current = currentPlace(items, lines, scene, search.sel);
  const choose = (place: number) => {
    const item = items[place];
    if (item !== undefined) onChange(chosen(item, lines, scene));
  };
  return (
    <section className={panel.panel} aria-labelledby="logs">
      <Tools
        runs={scene.runs}
        end={log.end}
        count={lines.count}
        shown={shown}
        events={items.length - shown}
        search={search}
        onChange={onChange}
        isPlaced={current >= 0}
        onStep={(by) => choose(stepped(current, by, items.length))}
        onLeave={() => list.current?.focus({ preventScroll: true })}
      />
      {items.length > 0 ? (
        <List
          list={list}
          items={items}
          lines={lines}
          scene={scene}
          names={names}
          find={find}
          current={current}
          of={[search.level, search.logs && search.sel, search.from, find].join("\n")}
          goesOn={Number.isNaN(at(scene.runs.ended, 0))}
          opensAt={current < 0 && isFailed(scene.runs, 0) ? firstError(items, lines) : current}
          onChoose={choose}
        />
      ) : (
        <NoLines some={lines.count > 0} from={search.from} />
      )}
    </section>
  );
}

function NoLines({ some, from }: { some: boolean; from: string | undefined }) {
  if (from !== undefined) {
    return (
      <Empty title={`Container ${nameOfLife(from)} printed nothing that is not in the log.`}>
        What the engine logs is in the log of the run.
      </Empty>
    );
  }
  if (some) return <Empty title="No line is like that." />;
  return (
    <Empty title="Nothing was logged.">
      Log with <code>get_run_logger()</code>, or have <code>print</code> logged with{" "}
      <code>@flow(log_prints=True)</code>.
    </Empty>
  );
}

function useItems(
  lines: Lines,
  { runs, happenings }: RunScene,
  { level, logs, from, sel = "" }: RunSearch,
  text: string | undefined,
): Int32Array {
  const within = logs === "selection" ? runs.rowOf.get(sel) : undefined;
  return useMemo(
    () => merged(lines, happenings, runs, { level, text, within, from }),
    [lines, happenings, runs, level, text, within, from],
  );
}

function chosen(item: number, lines: Lines, scene: RunScene): Partial<RunSearch> {
  if (item < 0) {
    const { position } = at(scene.happenings.events, ~item);
    return { event: String(position), sel: undefined, at: undefined };
  }
  return { event: undefined, sel: lines.runOf(item), at: writeTime(at(lines.times, item)) };
}
