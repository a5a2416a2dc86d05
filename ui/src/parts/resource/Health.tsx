import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import type { Schemas } from "../../api/types";
import { writeRange } from "../../browser/range";
import { Answer } from "../Answer";
import { Card } from "../Card";
import { CountedSince } from "../CountedSince";
import { outcomeLayers } from "../eventLayers";
import { Histogram } from "../Histogram";
import type { Window } from "../spans";
import { Time } from "../Time";
import { termText } from "../terms";
import { isCutShort } from "../times";
import styles from "./Health.module.css";
import { HealthStrip } from "./HealthStrip";
import { cellsOf } from "./health";
import { type Mark, Marks } from "./Marks";
import { eventsByTimeQuery, healthQuery } from "./queries";
import { Users, Verdict } from "./Users";

interface Looked {
  id: string;
  window: Window;
}

/** How the runs fared that touched it, its events by time, and who uses it. */
export function Health({ id, window, marks }: Looked & { marks: readonly Mark[] }) {
  return (
    <Card title="Health: runs that touched it, by their last time">
      <Answer query={useQuery(healthQuery(id, window))}>
        {({ touched, untouched, flows, ...health }) => (
          <div className={styles.health}>
            <HealthStrip cells={cellsOf(health)} bins={window} />
            <Marks marks={marks} window={window} />
            <EventsByTime id={id} window={window} />
            <Verdict touched={touched} untouched={untouched} />
            <Since {...health} />
            <h3>Who uses it</h3>
            <Users flows={flows} reached={health.reached} />
          </div>
        )}
      </Answer>
    </Card>
  );
}

/** From when on runs are counted, where that is not the whole of the time. */
function Since(counted: Pick<Schemas["ResourceHealth"], "since" | "reached">) {
  if (!isCutShort(counted)) return null;
  return (
    <p className="muted">
      Too many runs touched it to look at all: runs are counted since <Time at={counted.reached} />.
    </p>
  );
}

/** A range that is drawn leads to the events in it. */
function EventsByTime({ id, window }: Looked) {
  const navigate = useNavigate();
  const { data } = useQuery(eventsByTimeQuery(id, window));
  return (
    <>
      <Histogram
        label="Events that it is in, by time"
        layers={data === undefined ? [] : outcomeLayers(data.series)}
        range={null}
        onRange={(range) => {
          if (range === null) return;
          const q = termText({ field: "involves", value: id });
          void navigate({ to: "/events", search: { q, t: writeRange(range.from, range.to) } });
        }}
        {...window}
      />
      {data && <CountedSince {...data} />}
    </>
  );
}
