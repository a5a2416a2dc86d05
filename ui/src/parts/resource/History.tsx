import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { ResourceEntry } from "../../api/types";
import { useLive } from "../../api/useLive";
import { useGathered } from "../../browser/useGathered";
import { Card } from "../Card";
import { Choice } from "../Choice";
import { EventRows } from "../EventRows";
import { SPANS, windowOf } from "../spans";
import { termText } from "../terms";
import { Health } from "./Health";
import styles from "./History.module.css";
import type { Mark } from "./Marks";
import { NextUses } from "./NextUses";
import { newestQuery } from "./queries";
import type { HistorySearch } from "./search";
import { TouchingRuns } from "./TouchingRuns";

const DEFAULT_SPAN = "7d";
const AGAIN_MS = 2_000;
const NONE: readonly Mark[] = [];

interface Searched {
  search: HistorySearch;
  onSearch: (change: Partial<HistorySearch>) => void;
}

interface Shown extends Searched {
  resource: Pick<ResourceEntry, "id" | "first">;
  /** What it is, above what will use it next. */
  children: ReactNode;
  /** Moments that may tell why something changed. */
  marks?: readonly Mark[];
}

/** Of a resource: how runs fared with it, its newest events, and the runs that touched it. */
export function History({ resource, search, onSearch, children, marks = NONE }: Shown) {
  const { id } = resource;
  const [now, setNow] = useState(() => new Date());
  useFollowed(id, () => setNow(new Date()));
  const window = windowOf(search.span ?? DEFAULT_SPAN, now);
  const { data: events = [] } = useQuery(newestQuery(resource));
  const failed = search.failed !== undefined;
  return (
    <div className={styles.page}>
      <div className={styles.column}>
        <Health id={id} window={window} marks={marks} />
        <Card
          title="Runs that touched it"
          actions={
            <button
              type="button"
              aria-pressed={failed}
              onClick={() => onSearch({ failed: failed ? undefined : "yes" })}
            >
              Failed only
            </button>
          }
        >
          <TouchingRuns id={id} failed={failed} />
        </Card>
      </div>
      <div className={styles.column}>
        {children}
        <NextUses id={id} window={window} />
      </div>
      <Card title="Newest events" actions={<AllEvents id={id} />}>
        <EventRows rows={events} open={search.open} />
      </Card>
    </div>
  );
}

/** How far back the history goes. */
export function SpanChoice({ search, onSearch }: Searched) {
  return (
    <Choice
      label="Time"
      choices={SPANS}
      value={search.span ?? DEFAULT_SPAN}
      onChoose={(span) => onSearch({ span })}
    />
  );
}

function AllEvents({ id }: { id: string }) {
  return (
    <Link to="/events" search={{ q: termText({ field: "involves", value: id }), span: "30d" }}>
      All events with it
    </Link>
  );
}

/** Ask anew for what is shown when an event comes in that it is in. */
function useFollowed(id: string, onMore: () => void) {
  const queryClient = useQueryClient();
  const again = useGathered<string>(() => {
    void queryClient.invalidateQueries({ queryKey: ["resource", id] });
    onMore();
  }, AGAIN_MS);
  useLive({ involves: [id] }, (events) => again(events.map((event) => event.id)));
}
