import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { answered, api } from "../../api/client";
import type { Map as Answered } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { isPassing } from "../../browser/undone";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Choice } from "../../parts/Choice";
import { Empty } from "../../parts/Empty";
import { PageHead } from "../../parts/PageHead";
import { SearchField } from "../../parts/SearchField";
import { SPANS, type Span, windowOf } from "../../parts/spans";
import { keyOf, narrowed } from "./graph";
import styles from "./MapPage.module.css";
import { Picture } from "./Picture";
import { Selection } from "./Selection";

const route = getRouteApi("/frame/map");

/** Flows, tasks and systems, and what joins them. */
export function MapPage() {
  useTitle("Map");
  const { span = "7d", q } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useMap(span);
  const choose = (search: Partial<ReturnType<typeof route.useSearch>>) =>
    navigate({
      search: (before) => ({ ...before, ...search }),
      replace: isPassing(search, ["q"]),
    });
  return (
    <>
      <PageHead
        title="Map"
        actions={
          <Choice label="Time" choices={SPANS} value={span} onChoose={(span) => choose({ span })} />
        }
      >
        <SearchField label="Filter by name" value={q} onSearch={(q) => choose({ q })} />
        {query.data && <LeftOut map={query.data} />}
      </PageHead>
      <Answer query={query}>{(map) => <Content map={map} />}</Answer>
    </>
  );
}

/** So often at most the counts change. */
const COUNTS_EVERY_MS = 5_000;

function useMap(span: Span) {
  const queryKey = ["map", span];
  useRefreshed(queryKey, { name: ["peninsula.flow-run.*"] }, COUNTS_EVERY_MS);
  return useQuery({
    queryKey,
    queryFn: ({ signal }) => {
      const after = windowOf(span, new Date()).since.toISOString();
      return answered(api.GET("/api/map", { params: { query: { after } }, signal }));
    },
    placeholderData: keepPreviousData,
  });
}

function LeftOut({ map: { left_out, partial } }: { map: Answered }) {
  const count = Object.values(left_out).reduce((sum, one) => sum + one, 0);
  if (count === 0 && !partial) return null;
  return (
    <span>
      {count > 0 && `${count} that ran least are left out. `}
      {partial && "Only the newest runs of the time are counted."}
    </span>
  );
}

function Content({ map }: { map: Answered }) {
  const { q, sel } = route.useSearch();
  const navigate = route.useNavigate();
  const graph = useMemo(() => narrowed(map, q), [map, q]);
  const select = useCallback(
    (node: number | null) => {
      const known = node === null ? undefined : graph.nodes[node];
      const chosen = known && keyOf(known);
      void navigate({
        search: (before) => ({ ...before, sel: before.sel === chosen ? undefined : chosen }),
        replace: true,
      });
    },
    [graph, navigate],
  );
  const selected = graph.nodes.findIndex((node) => keyOf(node) === sel);
  if (map.nodes.length === 0) return <Nothing />;
  if (graph.nodes.length === 0) {
    return <Empty title="Nothing on the map has such a name.">Clear the field to see all.</Empty>;
  }
  return (
    <div className={styles.content}>
      <Picture graph={graph} selected={selected < 0 ? null : selected} onSelect={select} />
      <Selection graph={graph} selected={selected < 0 ? null : selected} onSelect={select} />
    </div>
  );
}

function Nothing() {
  return (
    <Empty title="Nothing ran in that time." command="peninsula run flow.py:nightly">
      Choose a longer time, or run a flow: it, its tasks and the systems they touch appear here.
    </Empty>
  );
}
