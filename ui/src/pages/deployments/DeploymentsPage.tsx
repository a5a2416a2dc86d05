import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Deployment, Run } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { visible } from "../../browser/visible";
import { Answer } from "../../parts/Answer";
import { Empty } from "../../parts/Empty";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { PageHead } from "../../parts/PageHead";
import { runPath } from "../../parts/places";
import { type Column, Rows } from "../../parts/Rows";
import { SearchField } from "../../parts/SearchField";
import { StateBadge } from "../../parts/StateBadge";
import { Ago } from "../../parts/Time";
import { DEPLOYMENTS, deploymentsQuery, lastRunsQuery } from "./queries";
import { ruleText } from "./rules";
import type { DeploymentsSearch } from "./search";

const route = getRouteApi("/frame/deployments");

/** A deployment with its newest run that began, where there is one. */
interface Listed extends Deployment {
  last: Run | undefined;
}

const COLUMNS: Column<Listed>[] = [
  {
    title: "Deployment",
    width: "minmax(120px, 2fr)",
    main: true,
    cell: ({ id, flow, name }) => (
      <Link to="/deployments/$id" params={{ id }}>
        {visible(flow)}/{visible(name)}
      </Link>
    ),
  },
  {
    title: "Last run",
    width: "104px",
    cell: ({ last }) => last && <Last run={last} />,
  },
  { title: "Schedules", width: "minmax(90px, 2fr)", wide: true, cell: (one) => schedulesOf(one) },
  {
    title: "Next",
    width: "76px",
    cell: (one) => <Next deployment={one} />,
  },
  {
    title: "Work pool",
    width: "minmax(80px, 1fr)",
    wide: true,
    cell: ({ work_pool: pool }) =>
      pool === null ? (
        <span className="muted">served</span>
      ) : (
        <Link to="/work-pools/$name" params={{ name: pool }}>
          {pool}
        </Link>
      ),
  },
  {
    title: "Tags",
    width: "minmax(60px, 1fr)",
    wide: true,
    cell: ({ tags }) =>
      tags.map((tag) => (
        <Link key={tag} to="/deployments" search={{ tag: [tag] }} className="muted">
          {visible(tag)}{" "}
        </Link>
      )),
  },
  {
    title: "Changed",
    width: "76px",
    wide: true,
    end: true,
    cell: (one) => <Ago at={one.updated} />,
  },
];

function Last({ run: { id, name, state } }: { run: Run }) {
  return (
    <Go to={runPath(id)} title={visible(name)}>
      <StateBadge state={state} />
    </Go>
  );
}

function schedulesOf({ schedules }: Deployment) {
  const active = schedules.filter((one) => one.active);
  if (active.length === 0) return <span className="muted">none</span>;
  const texts = active.map(({ rule, timezone }) => `${ruleText(rule)} ${timezone}`);
  return <span title={texts.join("\n")}>{texts.join(", ")}</span>;
}

function Next({ deployment: { paused, schedules } }: { deployment: Deployment }) {
  if (paused) {
    return (
      <span data-tone="warn">
        <Icon name="pause" size={10} /> paused
      </span>
    );
  }
  const next = schedules.flatMap((one) => (one.active && one.next ? [one.next] : [])).sort()[0];
  return next === undefined ? <span className="muted">–</span> : <Ago at={next} />;
}

/** Flows that can be run by their names, and by schedules. */
export function DeploymentsPage() {
  useTitle("Deployments");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(deploymentsQuery(search));
  useRefreshed(DEPLOYMENTS, {
    name: ["peninsula.deployment.*", "peninsula.schedule.*", "peninsula.flow-run.*"],
  });
  return (
    <>
      <PageHead title="Deployments">
        <SearchField
          label="Find a deployment"
          value={search.q}
          onSearch={(q) => navigate({ search: (before) => ({ ...before, q }), replace: true })}
        />
        {isFiltered({ ...search, q: undefined }) && <Link to="/deployments">Show all</Link>}
      </PageHead>
      <Answer query={query}>
        {(rows) =>
          rows.length > 0 ? (
            <List
              deployments={rows}
              onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
            />
          ) : (
            <None search={search} />
          )
        }
      </Answer>
    </>
  );
}

function List({ deployments, onEnd }: { deployments: Deployment[]; onEnd: () => void }) {
  const { data: last } = useQuery(lastRunsQuery(deployments));
  const rows = deployments.map((one) => ({ ...one, last: last?.get(one.id) }));
  return (
    <Rows label="Deployments" rows={rows} columns={COLUMNS} keyOf={({ id }) => id} onEnd={onEnd} />
  );
}

function isFiltered(search: DeploymentsSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}

function None({ search }: { search: DeploymentsSearch }) {
  if (isFiltered(search)) {
    return (
      <Empty title="No deployment is like that.">
        <Link to="/deployments">Show all</Link> that there are.
      </Empty>
    );
  }
  return (
    <Empty title="There are no deployments yet." command="peninsula deploy flow.py:nightly">
      A deployment is a flow that can be run by its name: from here, by a schedule, on a worker.
      From Python, flow.serve(name="nightly", cron="0 2 * * *") makes one and runs it.
    </Empty>
  );
}
