import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Block, BlockActivity } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { PageHead } from "../../parts/PageHead";
import { ResourceLink } from "../../parts/ResourceLink";
import { type Column, Rows } from "../../parts/Rows";
import { SearchField } from "../../parts/SearchField";
import { Ago } from "../../parts/Time";
import styles from "./BlocksPage.module.css";
import { NoBlocks } from "./NoBlocks";
import { Outcomes } from "./Outcomes";
import { activityQuery, blocksQuery, typesQuery } from "./queries";
import type { BlocksSearch } from "./search";

const route = getRouteApi("/frame/blocks");

interface Used extends Block {
  activity: BlockActivity | undefined;
}

const COLUMNS: Column<Used>[] = [
  {
    title: "Name",
    width: "minmax(100px, 2fr)",
    main: true,
    cell: ({ id, name }) => (
      <Link to="/blocks/$id" params={{ id }}>
        {name}
      </Link>
    ),
  },
  {
    title: "Type",
    width: "minmax(80px, 1.5fr)",
    cell: ({ type }) => (
      <Link to="/blocks" search={{ type: [type] }} className="muted">
        {type}
      </Link>
    ),
  },
  {
    title: "System",
    width: "minmax(80px, 2fr)",
    wide: true,
    cell: ({ activity }) => activity?.system && <ResourceLink id={activity.system} />,
  },
  {
    title: "Runs lately",
    width: "92px",
    wide: true,
    cell: ({ activity }) => activity && <Outcomes {...activity} />,
  },
  {
    title: "Last used",
    width: "76px",
    end: true,
    cell: ({ activity }) =>
      activity?.last ? <Ago at={activity.last} /> : <span className="muted">never</span>,
  },
  {
    title: "Changed",
    width: "76px",
    wide: true,
    end: true,
    cell: ({ updated }) => <Ago at={updated} />,
  },
];

/** What flows connect to, under the names by which they load it. */
export function BlocksPage() {
  useTitle("Blocks");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (to: Partial<BlocksSearch>) =>
    void navigate({ search: (before) => ({ ...before, ...to }), replace: true });
  const mayChange = useMayChange();
  return (
    <>
      <PageHead
        title="Blocks"
        actions={
          mayChange && (
            <Link to="/blocks/new" search={{}} className={styles.action}>
              New block
            </Link>
          )
        }
      >
        <SearchField label="Find a block" value={search.q} onSearch={(q) => change({ q })} />
        <Link to="/blocks/types">Types of blocks</Link>
      </PageHead>
      <div className={styles.below}>
        <Types search={search} onSearch={change} />
        <div className={styles.list}>
          <List search={search} />
        </div>
      </div>
    </>
  );
}

function List({ search }: { search: BlocksSearch }) {
  const query = useInfiniteQuery(blocksQuery(search));
  const ids = query.data?.map(({ id }) => id) ?? [];
  const { data: activity } = useQuery(activityQuery(ids));
  useRefreshed(["blocks"], { name: ["peninsula.block-document.*"] });
  return (
    <Answer query={query}>
      {(blocks) =>
        blocks.length > 0 ? (
          <Rows
            label="Blocks"
            rows={blocks.map((block) => ({ ...block, activity: activity?.get(block.id) }))}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
          />
        ) : (
          <NoBlocks search={search} />
        )
      }
    </Answer>
  );
}

interface Filtered {
  search: BlocksSearch;
  onSearch: (change: Partial<BlocksSearch>) => void;
}

/** The types, to filter by. */
function Types({ search: { type = [] }, onSearch }: Filtered) {
  const { data: types = [] } = useQuery(typesQuery);
  const toggled = (slug: string) =>
    type.includes(slug) ? type.filter((one) => one !== slug) : [...type, slug];
  return (
    <aside className={styles.types} aria-label="Types of blocks">
      <h2>Types</h2>
      {types.map(({ slug, name, description }) => (
        <label key={slug} title={description ?? undefined}>
          <input
            type="checkbox"
            checked={type.includes(slug)}
            onChange={() => onSearch({ type: toggled(slug) })}
          />
          {name}
        </label>
      ))}
    </aside>
  );
}
