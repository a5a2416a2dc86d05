import { Choice } from "../../../parts/Choice";
import { counted, whole } from "../../../parts/numbers";
import { nameOfLife } from "../data/infrastructure";
import { type Runs, topOf } from "../data/runs";
import { logPath } from "../logPath";
import type { Log } from "../logQuery";
import panel from "../Panel.module.css";
import { type Change, LEVELS, type RunSearch } from "../search";
import { FindField } from "./FindField";
import styles from "./Logs.module.css";

interface Tooled extends Counted {
  runs: Runs;
  search: RunSearch;
  onChange: Change;
  /** Something of what is shown is selected. */
  isPlaced: boolean;
  onStep: (by: 1 | -1) => void;
  /** The search has the keys no more. */
  onLeave: () => void;
}

/** What the log is narrowed to, how much of it that is, and the way to all of it. */
export function Tools({ runs, search, onChange, isPlaced, onStep, onLeave, ...counted }: Tooled) {
  return (
    <header className={panel.tools}>
      <h2 id="logs">Logs</h2>
      <Choice
        label="Lowest level"
        choices={LEVELS}
        value={search.level ?? "debug"}
        onChoose={(level) => onChange({ level: level === "debug" ? undefined : level })}
      />
      <button
        type="button"
        aria-pressed={search.logs === "selection"}
        onClick={() => onChange({ logs: search.logs ? undefined : "selection" })}
      >
        Selection only
      </button>
      {search.from !== undefined && (
        <button
          type="button"
          aria-pressed
          title={search.from}
          onClick={() => onChange({ from: undefined })}
        >
          Printed by {nameOfLife(search.from)} ✕
        </button>
      )}
      <FindField
        value={search.find}
        onFind={(find) => onChange({ find })}
        onStep={onStep}
        onLeave={onLeave}
      />
      {search.find !== undefined && isPlaced && (
        <button type="button" onClick={() => onChange({ find: undefined })}>
          Show in context
        </button>
      )}
      <span className={`${panel.aside} ${styles.count}`}>
        {counts(counted)} ·{" "}
        <a href={logPath(topOf(runs))} download>
          Download
        </a>
      </span>
    </header>
  );
}

interface Counted {
  end: Log["end"];
  /** Lines there are. */
  count: number;
  /** Lines that the log is narrowed to. */
  shown: number;
  /** Events between them. */
  events: number;
}

/** `12 of 100,003 lines so far · 3 events` */
function counts({ events, ...lines }: Counted): string {
  if (events === 0) return countsOf(lines);
  return `${countsOf(lines)} · ${counted(events, "event")}`;
}

function countsOf({ end, count, shown }: Omit<Counted, "events">): string {
  const some = shown < count ? `${whole(shown)} of ` : "";
  const lines = `${counted(count, "line")}`;
  if (end === "cut") return some ? `${some}the first ${lines}` : `The first ${lines}`;
  return end === null ? `${some}${lines} so far` : `${some}${lines}`;
}
