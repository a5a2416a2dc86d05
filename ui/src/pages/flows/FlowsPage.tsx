import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { answered, api } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { Flow } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Empty } from "../../parts/Empty";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { amount, total } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { flowPath, runPath } from "../../parts/places";
import { type Column, Rows } from "../../parts/Rows";
import { SearchField } from "../../parts/SearchField";
import { StateBadge } from "../../parts/StateBadge";
import { FAILED_TYPES } from "../../parts/states";
import { Ago } from "../../parts/Time";
import { Took } from "../../parts/Took";

const route = getRouteApi("/frame/flows");

const COLUMNS: Column<Flow>[] = [
  {
    title: "Flow",
    width: "minmax(0, 1.4fr)",
    main: true,
    cell: ({ name }) => <Go to={flowPath(name)}>{name}</Go>,
  },
  { title: "Runs", width: "70px", wide: true, end: true, cell: ({ runs }) => amount(runs) },
  {
    title: "Failed",
    width: "70px",
    wide: true,
    end: true,
    cell: ({ types }) => <Failed types={types} />,
  },
  { title: "Last", width: "110px", cell: ({ last }) => <StateBadge state={last.state} /> },
  {
    title: "Last run",
    width: "minmax(0, 1fr)",
    wide: true,
    cell: ({ last }) => <Go to={runPath(last.id)}>{last.name}</Go>,
  },
  {
    title: "Took",
    width: "80px",
    wide: true,
    end: true,
    cell: ({ last }) => <Took run={last} />,
  },
  {
    title: "When",
    width: "70px",
    end: true,
    cell: ({ last }) => <Ago at={last.started ?? last.expected} />,
  },
];

/** All flows that have run. */
export function FlowsPage() {
  useTitle("Flows");
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useFlows(q);
  return (
    <>
      <PageHead title="Flows">
        <SearchField
          label="Find a flow"
          value={q}
          onSearch={(q) => navigate({ search: { q }, replace: true })}
        />
      </PageHead>
      <Answer query={query}>
        {(rows) =>
          rows.length > 0 ? (
            <Rows
              label="Flows"
              rows={rows}
              columns={COLUMNS}
              keyOf={({ name }) => name}
              onEnd={() => query.hasNextPage && void query.fetchNextPage()}
            />
          ) : (
            <None filtered={q !== undefined} />
          )
        }
      </Answer>
    </>
  );
}

function useFlows(text: string | undefined) {
  const queryKey = ["flows", text];
  useRefreshed(queryKey, { name: ["peninsula.flow-run.*"] });
  return useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam: cursor, signal }) =>
      answered(api.GET("/api/flows", { params: { query: { text, cursor } }, signal })),
    ...pagesOf<Flow>(),
    select: itemsOf<Flow>,
  });
}

function Failed({ types }: Pick<Flow, "types">) {
  const failed = total(FAILED_TYPES.map((type) => types[type]));
  if (failed.count === 0) return <span className="muted">–</span>;
  return (
    <span data-tone="bad">
      <Icon name="cross" size={9} /> {amount(failed)}
    </span>
  );
}

function None({ filtered }: { filtered: boolean }) {
  if (filtered) return <Empty title="No flow has such a name.">Clear the field to see all.</Empty>;
  return (
    <Empty title="No flow has run yet." command="peninsula run flow.py:nightly">
      A flow is a function with <code>@flow</code> before it: run its file and it appears here.
    </Empty>
  );
}
