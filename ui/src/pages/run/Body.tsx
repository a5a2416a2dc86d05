import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useMemo } from "react";
import type { RunEvents, RunRef, Timeline as Timelines, Why } from "../../api/types";
import { Answer } from "../../parts/Answer";
import styles from "./Body.module.css";
import { eventsQuery, timelineQuery } from "./columnsQuery";
import { Comparison } from "./compare/Comparison";
import { readLines } from "./data/lines";
import { GraphView } from "./graph/GraphView";
import { Infrastructure } from "./Infrastructure";
import { logQuery } from "./logQuery";
import { Logs } from "./logs/Logs";
import { causeOf } from "./reasons";
import type { Change, RunSearch } from "./search";
import { Selection } from "./selection/Selection";
import { Timeline } from "./timeline/Timeline";
import { useScene } from "./useScene";

interface Asked {
  run: RunRef;
  /** It is not over: what it logs is asked for again and again. */
  goesOn: boolean;
  why: Why | undefined;
  search: RunSearch;
  onChange: Change;
}

/** What of a run fills the page, once it has come. */
export function Body({ run, ...rest }: Asked) {
  const timeline = useQuery(timelineQuery(run));
  const events = useQuery(eventsQuery(run));
  return (
    <Answer query={timeline}>
      {(runs) => (
        <Answer query={events}>
          {(told) => <Soon {...rest} run={run} timeline={runs} events={told} />}
        </Answer>
      )}
    </Answer>
  );
}

interface Told {
  timeline: readonly Timelines[];
  events: readonly RunEvents[];
}

/** Very many runs are put on the page piece by piece: what is done meanwhile comes in between. */
function Soon({ timeline, events, ...rest }: Asked & Told) {
  const told = useMemo(() => ({ timeline, events }), [timeline, events]);
  const shown = useDeferredValue(told, null);
  return shown && <Shown {...rest} {...shown} />;
}

const LINES_EVERY_MS = 1_000;

function Shown({ run, goesOn, timeline, events, why, search, onChange }: Asked & Told) {
  const scene = useScene({ timeline, events, why }, search);
  const log = useQuery({ ...logQuery(run), refetchInterval: goesOn && LINES_EVERY_MS });
  const told = log.data?.told;
  const lines = useMemo(() => told && readLines(told), [told]);
  const cause = why && causeOf(why)?.event.position;
  return (
    <>
      {search.with && <Comparison scene={scene} other={search.with} onChange={onChange} />}
      {search.view === "graph" && <GraphView scene={scene} search={search} onChange={onChange} />}
      {search.view === "infrastructure" && (
        <Infrastructure scene={scene} search={search} onChange={onChange} />
      )}
      {search.view === undefined && (
        <Timeline scene={scene} search={search} onChange={onChange} cause={cause} />
      )}
      <div className={styles.below}>
        <Answer query={log}>
          {(log) =>
            lines && (
              <Logs log={log} lines={lines} scene={scene} search={search} onChange={onChange} />
            )
          }
        </Answer>
        <Selection scene={scene} lines={lines} search={search} onChange={onChange} />
      </div>
    </>
  );
}
