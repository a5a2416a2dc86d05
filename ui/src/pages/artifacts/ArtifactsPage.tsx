import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { itemsOf } from "../../api/pages";
import type { Artifact } from "../../api/types";
import { useLive } from "../../api/useLive";
import { useGathered } from "../../browser/useGathered";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Choice } from "../../parts/Choice";
import { Empty } from "../../parts/Empty";
import { PageHead } from "../../parts/PageHead";
import { type Column, Rows } from "../../parts/Rows";
import { Ago } from "../../parts/Time";
import { artifactsQuery } from "./queries";
import { KINDS } from "./search";

const route = getRouteApi("/frame/artifacts");
const LOOK_EVERY_MS = 2_000;
const ANY = "any";

const COLUMNS: Column<Artifact>[] = [
  { title: "Kind", width: "80px", cell: ({ kind }) => <span className="muted">{kind}</span> },
  {
    title: "Key",
    width: "minmax(0, 1fr)",
    main: true,
    cell: ({ id, key }) => (
      <Link to="/artifacts/$id" params={{ id }}>
        {key ?? id.slice(-8)}
      </Link>
    ),
  },
  { title: "Description", width: "minmax(0, 2fr)", wide: true, cell: (one) => one.description },
  { title: "Updated", width: "72px", end: true, cell: ({ updated }) => <Ago at={updated} /> },
];

/** What runs made for people to look at: the newest of each key, or all versions of one. */
export function ArtifactsPage() {
  useTitle("Artifacts");
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery({ ...artifactsQuery(search), select: itemsOf<Artifact> });
  useFreshArtifacts();
  return (
    <>
      <PageHead title={search.key ?? "Artifacts"}>
        {search.key && <Link to="/artifacts">All artifacts</Link>}
        <Choice
          label="Kind"
          choices={[ANY, ...KINDS]}
          value={search.kind ?? ANY}
          onChoose={(kind) =>
            navigate({
              search: (before) => ({ ...before, kind: kind === ANY ? undefined : kind }),
            })
          }
        />
      </PageHead>
      <Answer query={query}>
        {(rows) =>
          rows.length > 0 ? (
            <Rows
              label="Artifacts"
              rows={rows}
              columns={COLUMNS}
              keyOf={({ id }) => id}
              onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
            />
          ) : (
            <NoArtifacts filtered={search.kind !== undefined || search.key !== undefined} />
          )
        }
      </Answer>
    </>
  );
}

function useFreshArtifacts(): void {
  const queryClient = useQueryClient();
  const look = useGathered<string>(
    () => void queryClient.invalidateQueries({ queryKey: ["artifacts"] }),
    LOOK_EVERY_MS,
  );
  useLive({ name: ["peninsula.artifact.*"] }, (events) => look(events.map(({ id }) => id)));
}

function NoArtifacts({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty title="No artifact is like that.">
        <Link to="/artifacts">Show all of them.</Link>
      </Empty>
    );
  }
  return (
    <Empty title="There are no artifacts yet." command="peninsula demo">
      An artifact is what a run makes for people: a table, a text, a link, an image, a progress bar.
      Flows of the demo make some; yours do by peninsula.artifacts.
    </Empty>
  );
}
