import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { ApiError } from "../../api/error";
import { useTitle } from "../../browser/useTitle";
import type { TimeRange } from "../../parts/bins";
import { Choice } from "../../parts/Choice";
import { EventRows } from "../../parts/EventRows";
import { PageHead } from "../../parts/PageHead";
import { Problem } from "../../parts/Problem";
import { SPANS, type Window } from "../../parts/spans";
import { Chosen } from "./Chosen";
import { Comparison } from "./Comparison";
import type { Known } from "./completions";
import styles from "./EventsPage.module.css";
import { Facets } from "./Facets";
import { Newer } from "./Newer";
import { NoEvents } from "./NoEvents";
import { OpenedElsewhere } from "./OpenedElsewhere";
import { QueryField } from "./QueryField";
import { facetsQuery, listOf, type Wanted } from "./queries";
import { chosenRange, DEFAULT_SPAN, type EventsSearch, isLive, shownWindow } from "./search";
import { TimeBar } from "./TimeBar";

const route = getRouteApi("/frame/events");

/** Whatever happened: when, what, about what; by query text, facets and time. */
export function EventsPage() {
  useTitle("Events");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [now, setNow] = useState(() => new Date());
  const window = shownWindow(search, now);
  const range = chosenRange(search);
  const wanted = wantedBy(search, window, range);
  const list = useList(wanted);
  const facets = useFacets(wanted);
  const change = (to: Partial<EventsSearch>, replace = false) =>
    void navigate({ search: (before) => ({ ...before, ...to }), replace, resetScroll: false });
  const misread = isMisread(list.error);
  return (
    <>
      <PageHead title="Events" actions={<SpanChoice search={search} onSearch={change} />}>
        <QueryField
          value={search.q}
          known={knownFrom(facets.data)}
          error={misread ? list.error : null}
          onAsk={(q) => change({ q }, true)}
        />
      </PageHead>
      <TimeBar search={search} window={window} range={range} onSearch={change}>
        {range && (
          <Chosen range={range} comparing={search.compare !== undefined} onSearch={change} />
        )}
      </TimeBar>
      {range && search.compare && !misread && (
        <div className={styles.comparison}>
          <Comparison q={search.q} range={range} base={search.compare} onSearch={change} />
        </div>
      )}
      <div className={styles.below}>
        {facets.data && <Facets facets={facets.data} q={search.q} onAsk={(q) => change({ q })} />}
        <List
          list={list}
          search={search}
          wanted={wanted}
          misread={misread}
          onTake={() => setNow(new Date())}
        />
      </div>
    </>
  );
}

function wantedBy(search: EventsSearch, window: Window, range: TimeRange | null): Wanted {
  const { from, to } = range ?? { from: window.since, to: window.until };
  return {
    q: search.q,
    after: from.toISOString(),
    before: isLive(search) ? undefined : to.toISOString(),
  };
}

function useList(wanted: Wanted) {
  return useInfiniteQuery(listOf(wanted));
}

function useFacets(wanted: Wanted) {
  return useQuery(facetsQuery(wanted));
}

function isMisread(error: Error | null): boolean {
  return error instanceof ApiError && error.code === "invalid";
}

function knownFrom(facets: ReturnType<typeof useFacets>["data"]): Known {
  const keys = (counts: { key: string }[] = []) => counts.map(({ key }) => key);
  const systems = keys(facets?.systems);
  return {
    type: keys(facets?.types),
    kind: keys(facets?.kinds),
    role: keys(facets?.roles),
    source: ["flow", "server", "outside"],
    resource: systems,
    related: systems,
    involves: systems,
  };
}

interface Spanned {
  search: EventsSearch;
  onSearch: (change: Partial<EventsSearch>) => void;
}

const OTHER = "chosen";

function SpanChoice({ search: { span, t }, onSearch }: Spanned) {
  const chosen = t !== undefined;
  const none = { t: undefined, sel: undefined, compare: undefined };
  return (
    <Choice
      label="Time"
      choices={chosen ? [...SPANS, OTHER] : SPANS}
      value={chosen ? OTHER : (span ?? DEFAULT_SPAN)}
      onChoose={(next) => next !== OTHER && onSearch({ ...none, span: next })}
    />
  );
}

interface Listed {
  list: ReturnType<typeof useList>;
  search: EventsSearch;
  wanted: Wanted;
  misread: boolean;
  onTake: () => void;
}

function List({ list, search, wanted, misread, onTake }: Listed) {
  const box = useRef<HTMLDivElement>(null);
  const { data, error, isPlaceholderData } = list;
  if (misread) return null;
  if (data === undefined) {
    return error && <Problem error={error} retry={() => void list.refetch()} />;
  }
  const isIdle = () =>
    scrollY === 0 && search.open === undefined && !box.current?.matches(":hover, :focus-within");
  return (
    <div ref={box} className={styles.list}>
      {isLive(search) && !isPlaceholderData && (
        <Newer wanted={wanted} head={data.head} isIdle={isIdle} onTake={onTake} />
      )}
      <OpenedElsewhere open={search.open} rows={data.rows} />
      {data.rows.length > 0 ? (
        <EventRows
          rows={data.rows}
          open={search.open}
          onEnd={() => list.hasNextPage && !list.isFetching && void list.fetchNextPage()}
        />
      ) : (
        <NoEvents filtered={search.q !== undefined} />
      )}
    </div>
  );
}
