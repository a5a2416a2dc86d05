import { type UseInfiniteQueryResult, useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { itemsOf } from "../../api/pages";
import type { Run } from "../../api/types";
import { isPassing } from "../../browser/undone";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { PageHead } from "../../parts/PageHead";
import { Rows } from "../../parts/Rows";
import { SearchField } from "../../parts/SearchField";
import { StateFilter } from "../../parts/StateFilter";
import { Stuck } from "../../parts/Stuck";
import { COLUMNS } from "./columns";
import { Filters } from "./Filters";
import { NoRuns } from "./NoRuns";
import { countsQuery, runsQuery } from "./queries";
import styles from "./RunsPage.module.css";
import type { Change, RunsSearch } from "./search";
import { TimeStrip } from "./TimeStrip";
import { useLiveRuns } from "./useLiveRuns";

const route = getRouteApi("/frame/runs");
const NONE = { types: {}, partial: false };

/** The flow runs: which there are, how they do, live. */
export function RunsPage() {
  useTitle("Runs");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change: Change = (chosen) =>
    void navigate({
      search: (before) => ({ ...before, ...chosen }),
      replace: isPassing(chosen, ["q"]),
    });
  const counts = useQuery(countsQuery(search));
  const runs = useInfiniteQuery({ ...runsQuery(search), select: itemsOf<Run> });
  const { fresh, show } = useLiveRuns(search, runs.data ?? []);
  return (
    <>
      <Stuck>
        <PageHead title="Runs">
          <StateFilter
            counts={counts.data ?? NONE}
            chosen={search.state}
            onChoose={(state) => change({ state })}
          />
          <SearchField label="Find a run" value={search.q} onSearch={(q) => change({ q })} />
        </PageHead>
        <Filters search={search} onChange={change} />
      </Stuck>
      <TimeStrip search={search} onChange={change} />
      {fresh > 0 && (
        <button type="button" className={styles.fresh} onClick={show}>
          {fresh} new
        </button>
      )}
      <List runs={runs} search={search} />
    </>
  );
}

interface Listed {
  runs: UseInfiniteQueryResult<Run[], Error>;
  search: RunsSearch;
}

function List({ runs, search }: Listed) {
  return (
    <Answer query={runs}>
      {(rows) =>
        rows.length > 0 ? (
          <Rows
            label="Runs"
            rows={rows}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            onEnd={() => runs.hasNextPage && !runs.isFetching && void runs.fetchNextPage()}
          />
        ) : (
          <NoRuns search={search} />
        )
      }
    </Answer>
  );
}
