import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { AS_TEXT, api, exactly } from "../../api/client";
import { writeJson } from "../../api/exact";
import { itemsOf, pagesOf } from "../../api/pages";
import type { Variable } from "../../api/types";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Empty } from "../../parts/Empty";
import { PageHead } from "../../parts/PageHead";
import { type Column, Rows } from "../../parts/Rows";
import { SearchField } from "../../parts/SearchField";
import { Ago } from "../../parts/Time";

const route = getRouteApi("/frame/variables");

const COLUMNS: Column<Variable>[] = [
  {
    title: "Name",
    width: "minmax(0, 1fr)",
    main: true,
    cell: ({ name }) => <strong>{name}</strong>,
  },
  {
    title: "Value",
    width: "minmax(0, 2fr)",
    cell: ({ value }) => <code title={writeJson(value, 2)}>{writeJson(value)}</code>,
  },
  {
    title: "Tags",
    width: "minmax(0, 1fr)",
    wide: true,
    cell: ({ tags }) => <Tags tags={tags} />,
  },
  { title: "Updated", width: "90px", end: true, cell: ({ updated }) => <Ago at={updated} /> },
];

/** The variables that flows read. */
export function VariablesPage() {
  useTitle("Variables");
  const { q, tag } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useVariables(q, tag);
  return (
    <>
      <PageHead title="Variables">
        <SearchField
          label="Find a variable"
          value={q}
          onSearch={(q) => navigate({ search: (before) => ({ ...before, q }), replace: true })}
        />
        {tag && <Link to="/variables">All tags</Link>}
      </PageHead>
      <Answer query={query}>
        {(rows) =>
          rows.length > 0 ? (
            <Rows
              label="Variables"
              rows={rows}
              columns={COLUMNS}
              keyOf={({ name }) => name}
              onEnd={() => query.hasNextPage && void query.fetchNextPage()}
            />
          ) : (
            <None filtered={q !== undefined || tag !== undefined} />
          )
        }
      </Answer>
    </>
  );
}

function useVariables(text: string | undefined, tag: string[] | undefined) {
  return useInfiniteQuery({
    queryKey: ["variables", text, tag],
    queryFn: ({ pageParam: cursor, signal }) =>
      exactly(
        api.GET("/api/variables", { params: { query: { text, tag, cursor } }, signal, ...AS_TEXT }),
      ),
    ...pagesOf<Variable>(),
    select: itemsOf<Variable>,
  });
}

function Tags({ tags }: { tags: string[] }) {
  return tags.map((tag) => (
    <Link key={tag} to="/variables" search={{ tag: [tag] }}>
      {tag}{" "}
    </Link>
  ));
}

function None({ filtered }: { filtered: boolean }) {
  if (filtered)
    return <Empty title="No variable is like that.">Clear the filter to see all.</Empty>;
  return (
    <Empty title="There are no variables yet." command="peninsula variable set environment staging">
      A variable is a value that flows read by its name, and that changes without a deployment.
    </Empty>
  );
}
