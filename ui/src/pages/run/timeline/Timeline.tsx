import { useIsFetching, useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import { whole } from "../../../parts/numbers";
import { SearchField } from "../../../parts/SearchField";
import { timelineQuery } from "../columnsQuery";
import { isFailed, topOf } from "../data/runs";
import panel from "../Panel.module.css";
import { summaryQuery } from "../queries";
import type { Change, RunSearch } from "../search";
import type { RunScene } from "../useScene";
import { ViewChoice } from "../ViewChoice";
import { axisOf, isBeside } from "./axis";
import { Gutter } from "./Gutter";
import { Minimap } from "./Minimap";
import { Picture } from "./Picture";
import type { Row } from "./rows";
import { Scale } from "./Scale";
import { ROW } from "./sheet";
import { namedRows, nameHeight, squeezedTo } from "./squeezed";
import styles from "./Timeline.module.css";
import { useTimelineKeys } from "./useTimelineKeys";
import { useView } from "./useView";

interface Shown {
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
  /** Position of the event that probably led to the failure. */
  cause: number | undefined;
}

/** What ran when, and what happened outside meanwhile, on one axis. */
export function Timeline({ scene, search, onChange, cause }: Shown) {
  const scroller = useRef<HTMLDivElement>(null);
  const row = search.rows === "fit" ? squeezedTo(roomFor(), scene.rows.length) : ROW;
  const virtual = useGutterRows(scroller, scene, row);
  const { rows, runs, selected } = scene;
  const named = useMemo(() => {
    const isBad = (one: Row) => one.kind === "run" && isFailed(runs, one.run);
    return row < ROW ? namedRows(rows, row, selected, isBad) : null;
  }, [rows, runs, row, selected]);
  const [view, look] = useView(scene, search.t, onChange);
  const axis = useMemo(() => axisOf(view, scene.folds), [view, scene.folds]);
  useTimelineKeys({ scene, axis, look, search, change: onChange, cause });
  return (
    <section className={`${panel.panel} ${styles.timeline}`} aria-label="Timeline">
      <Tools search={search} onChange={onChange} scene={scene} />
      {isBeside(view, scene.whole) && (
        <p className={styles.beside} role="status">
          The run has nothing in this time.{" "}
          <button type="button" onClick={() => look(null)}>
            All of the run <kbd>0</kbd>
          </button>
        </p>
      )}
      <Minimap scene={scene} view={view} look={look} />
      <div className={styles.head}>
        <span className="muted">name</span>
        <Scale axis={axis} />
      </div>
      <div ref={scroller} className={styles.scroller} tabIndex={-1}>
        <div className={styles.inside} style={{ height: scene.rows.length * row }}>
          <Gutter
            scene={scene}
            search={search}
            made={named ?? virtual.getVirtualItems()}
            high={nameHeight(row)}
            onChange={onChange}
          />
          <Picture
            scene={scene}
            axis={axis}
            top={row < ROW ? 0 : (virtual.scrollOffset ?? 0)}
            row={row}
            look={look}
            onChange={onChange}
          />
        </div>
      </div>
    </section>
  );
}

/** How much of the window the rows may fill, as the style says. */
function roomFor(): number {
  return Math.floor(Math.max(240, 0.56 * window.innerHeight));
}

function useGutterRows(scroller: RefObject<HTMLDivElement | null>, scene: RunScene, row: number) {
  const virtual = useVirtualizer({
    // When all are in sight, those with names are chosen otherwise.
    count: row < ROW ? 0 : scene.rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW,
    overscan: 8,
  });
  const { selected } = scene;
  // What is selected is in sight, also when the address said it.
  useEffect(() => {
    if (selected >= 0 && row === ROW) virtual.scrollToIndex(selected, { align: "auto" });
  }, [selected, virtual, row]);
  return virtual;
}

interface Tool {
  search: RunSearch;
  onChange: Change;
  scene: RunScene;
}

function Tools({ search, onChange, scene }: Tool) {
  const { runs } = scene;
  return (
    <header className={panel.tools}>
      <ViewChoice scene={scene} search={search} onChange={onChange} />
      <button
        type="button"
        aria-pressed={search.path === "critical"}
        onClick={() => onChange({ path: search.path ? undefined : "critical" })}
      >
        Critical path
      </button>
      <button
        type="button"
        aria-pressed={search.idle === "folded"}
        onClick={() => onChange({ idle: search.idle ? undefined : "folded" })}
      >
        Collapse idle
      </button>
      <button
        type="button"
        aria-pressed={search.rows === "fit"}
        onClick={() => onChange({ rows: search.rows ? undefined : "fit" })}
      >
        All rows in sight
      </button>
      <SearchField label="Filter rows" value={search.q} onSearch={(q) => onChange({ q })} />
      {runs.partial && <Partial runs={runs} />}
      <span className={`${panel.aside} ${styles.hints}`}>
        <kbd>f</kbd> failure · <kbd>n</kbd> <kbd>p</kbd> event · <kbd>w</kbd> <kbd>s</kbd> zoom ·{" "}
        <kbd>0</kbd> fit
      </span>
    </header>
  );
}

/** How many of all runs are here: the others are on their way, or too many to be shown. */
function Partial({ runs }: Pick<RunScene, "runs">) {
  const { count } = runs;
  const top = topOf(runs);
  const { data } = useQuery({ ...summaryQuery(top.id), enabled: false });
  const isComing = useIsFetching({ queryKey: timelineQuery(top).queryKey }) > 0;
  const counts = data ? [data.tasks, data.flows].flatMap((each) => Object.values(each)) : [];
  const all = counts.reduce((sum, each) => sum + each, 1);
  const of = all > count ? ` of ${whole(all)}` : "";
  return isComing ? (
    <span role="status" className="muted">
      {whole(count)}
      {of} runs, loading …
    </span>
  ) : (
    <span data-tone="warn">
      The first {whole(count)}
      {of} runs are here.
    </span>
  );
}
