import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import type { Schemas } from "../../api/types";
import { useLive } from "../../api/useLive";
import { useGathered } from "../../browser/useGathered";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { EventRows } from "../../parts/EventRows";
import { whole } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { ExternalMark } from "../../parts/ResourceLink";
import { isExternal, labelOf } from "../../parts/resources";
import { SPANS, windowOf } from "../../parts/spans";
import { Ago } from "../../parts/Time";
import { termText } from "../../parts/terms";
import { Belongs } from "./Belongs";
import { Health } from "./Health";
import { NextUses } from "./NextUses";
import { newestQuery, resourceQuery } from "./queries";
import styles from "./ResourcePage.module.css";
import type { ResourceSearch } from "./search";
import { TouchingRuns } from "./TouchingRuns";

type Detail = Schemas["ResourceDetail"];

const route = getRouteApi("/frame/resource");
const DEFAULT_SPAN = "7d";
const AGAIN_MS = 2_000;

/** One resource: how runs fare with it, what happened to it, who uses it, what it belongs to. */
export function ResourcePage() {
  const { id } = route.useSearch();
  useTitle(labelOf({ id }));
  return (
    <Answer
      query={useQuery(resourceQuery(id))}
      sought={{ what: "resource", command: "peninsula resource ls" }}
    >
      {(resource) => <Known key={resource.id} resource={resource} />}
    </Answer>
  );
}

function Known({ resource }: { resource: Detail }) {
  const { id } = resource;
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (to: Partial<ResourceSearch>) =>
    void navigate({
      search: (before) => ({ ...before, ...to }),
      replace: true,
      resetScroll: false,
    });
  const [now, setNow] = useState(() => new Date());
  useFollowed(id, () => setNow(new Date()));
  const window = windowOf(search.span ?? DEFAULT_SPAN, now);
  const { data: events = [] } = useQuery(newestQuery(resource));
  return (
    <>
      <Head resource={resource}>
        <Choice
          label="Time"
          choices={SPANS}
          value={search.span ?? DEFAULT_SPAN}
          onChoose={(span) => change({ span })}
        />
      </Head>
      <div className={styles.page}>
        <Health id={id} window={window} />
        <div className={styles.beside}>
          <Belongs resource={resource} />
          <NextUses id={id} window={window} />
        </div>
        <Card
          title="Newest events"
          actions={
            <Link
              to="/events"
              search={{ q: termText({ field: "involves", value: id }), span: "30d" }}
            >
              All events with it
            </Link>
          }
        >
          <EventRows rows={events} open={search.open} />
        </Card>
        <Card
          title="Runs that touched it"
          actions={
            <button
              type="button"
              aria-pressed={search.failed !== undefined}
              onClick={() => change({ failed: search.failed ? undefined : "yes" })}
            >
              Failed only
            </button>
          }
        >
          <TouchingRuns id={id} failed={search.failed !== undefined} />
        </Card>
      </div>
    </>
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

function Head({ resource, children }: { resource: Detail; children: React.ReactNode }) {
  const { id, name, kind, last, events } = resource;
  const title = (
    <>
      {isExternal(id) && <ExternalMark />}
      {labelOf({ id, name })}
    </>
  );
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/resources">Resources</Link> /{" "}
        <Link to="/resources" search={{ kind: [kind] }}>
          {kind}
        </Link>
      </nav>
      <PageHead title={title} actions={children}>
        <span>{whole(events)} events</span>
        <span>
          last <Ago at={last} />
        </span>
      </PageHead>
    </>
  );
}
