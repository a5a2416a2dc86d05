import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { ResourceEntry } from "../../api/types";
import { isPassing } from "../../browser/undone";
import { useTitle } from "../../browser/useTitle";
import { visible } from "../../browser/visible";
import { Answer } from "../../parts/Answer";
import { Empty } from "../../parts/Empty";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { ResourceLink } from "../../parts/ResourceLink";
import { type Column, Rows } from "../../parts/Rows";
import { SearchField } from "../../parts/SearchField";
import { Ago } from "../../parts/Time";
import { kindsQuery, resourcesQuery, systemsQuery } from "./queries";
import styles from "./ResourcesPage.module.css";
import type { ResourcesSearch } from "./search";

const route = getRouteApi("/frame/resources");

const COLUMNS: Column<ResourceEntry>[] = [
  {
    title: "Resource",
    width: "minmax(140px, 3fr)",
    main: true,
    cell: ({ id, name }) => <ResourceLink id={id} name={name} inRow />,
  },
  {
    title: "What it is",
    width: "minmax(120px, 2fr)",
    wide: true,
    cell: ({ id, kind, system }) => (
      <span className="muted">
        <Link to="/resources" search={{ kind: [kind] }}>
          {kind}
        </Link>
        {id !== system && (
          <>
            {" in "}
            <Link to="/resources" search={{ system }}>
              {visible(system)}
            </Link>
          </>
        )}
      </span>
    ),
  },
  {
    title: "Events",
    width: "70px",
    end: true,
    cell: ({ events }) => whole(events),
  },
  { title: "First", width: "76px", wide: true, end: true, cell: ({ first }) => <Ago at={first} /> },
  { title: "Last", width: "76px", end: true, cell: ({ last }) => <Ago at={last} /> },
];

/** Whatever events were about, or touched: ours, and what is outside. */
export function ResourcesPage() {
  useTitle("Resources");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(resourcesQuery(search));
  const systems = useQuery(systemsQuery);
  const change = (to: Partial<ResourcesSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...to }), replace: isPassing(to, ["q"]) });
  return (
    <>
      <PageHead title="Resources">
        <SearchField label="Find a resource" value={search.q} onSearch={(q) => change({ q })} />
        {search.system && (
          <button type="button" onClick={() => change({ system: undefined })}>
            in {search.system} <Icon name="cross" size={9} />
          </button>
        )}
      </PageHead>
      <div className={styles.below}>
        <Known search={search} onSearch={change} />
        <div className={styles.list}>
          <Answer query={query}>
            {(found) => {
              if (isAll(search) && systems.isLoading) return null;
              const rows = isAll(search) ? systemsFirst(systems.data ?? [], found) : found;
              return rows.length > 0 ? (
                <Rows
                  label="Resources"
                  rows={rows}
                  columns={COLUMNS}
                  keyOf={({ id }) => id}
                  onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
                />
              ) : (
                <NoResources search={search} />
              );
            }}
          </Answer>
        </div>
      </div>
    </>
  );
}

function isAll(search: ResourcesSearch): boolean {
  return Object.values(search).every((value) => value === undefined);
}

function systemsFirst(systems: readonly ResourceEntry[], found: readonly ResourceEntry[]) {
  const known = new Set(systems.map(({ id }) => id));
  return [...systems, ...found.filter(({ id }) => !known.has(id))];
}

interface Filtered {
  search: ResourcesSearch;
  onSearch: (change: Partial<ResourcesSearch>) => void;
}

/** Systems to open and kinds to filter by. */
function Known({ search: { kind = [] }, onSearch }: Filtered) {
  const { data: systems } = useQuery(systemsQuery);
  const { data: kinds } = useQuery(kindsQuery);
  if (systems === undefined || kinds === undefined) return <div />;
  const toggled = (key: string) =>
    kind.includes(key) ? kind.filter((one) => one !== key) : [...kind, key];
  return (
    <aside className={styles.known} aria-label="Systems and kinds">
      <h2>Systems</h2>
      <ul>
        {systems.map(({ id, name }) => (
          <li key={id}>
            <ResourceLink id={id} name={name} />
          </li>
        ))}
      </ul>
      <h2>Kinds</h2>
      {kinds.map((key) => (
        <label key={key}>
          <input
            type="checkbox"
            checked={kind.includes(key)}
            onChange={() => onSearch({ kind: toggled(key) })}
          />
          {key}
        </label>
      ))}
    </aside>
  );
}

function NoResources({ search }: { search: ResourcesSearch }) {
  if (!isAll(search)) {
    return (
      <Empty title="No resource is like that.">
        <Link to="/resources">Show all</Link> that events were about or touched.
      </Empty>
    );
  }
  return (
    <Empty title="No event was about anything yet." command="peninsula demo">
      What flows read, write and run on is listed here once an event names it. Emit one with
      emit_event, or look at the demo.
    </Empty>
  );
}
