import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answered, api } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { Run } from "../../api/types";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Go } from "../../parts/Go";
import { runPath } from "../../parts/places";
import { type Column, Rows } from "../../parts/Rows";
import { StateBadge } from "../../parts/StateBadge";
import { Ago, Duration } from "../../parts/Time";

const COLUMNS: Column<Run>[] = [
  { title: "State", width: "110px", cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: "Run",
    width: "minmax(0, 1fr)",
    cell: ({ id, name }) => <Go to={runPath(id)}>{name}</Go>,
  },
  {
    title: "Message",
    width: "minmax(0, 2fr)",
    wide: true,
    cell: ({ state: { message } }) => (
      <span className="muted" title={message ?? undefined}>
        {message}
      </span>
    ),
  },
  {
    title: "Took",
    width: "70px",
    wide: true,
    end: true,
    cell: ({ started, ended }) => <Duration from={started} to={ended} />,
  },
  {
    title: "Began",
    width: "70px",
    end: true,
    cell: ({ started, expected }) => <Ago at={started ?? expected} />,
  },
];

/** All runs of the flow, the newest first. */
export function FlowRuns({ name }: { name: string }) {
  const query = useInfiniteQuery({
    queryKey: ["flow", name, "runs"],
    queryFn: ({ pageParam: cursor, signal }) =>
      answered(api.GET("/api/flow-runs", { params: { query: { flow: [name], cursor } }, signal })),
    ...pagesOf<Run>(),
    select: itemsOf<Run>,
  });
  return (
    <Card
      title="Runs"
      actions={
        <Link to="/runs" search={{ flow: [name] }}>
          Filter them
        </Link>
      }
    >
      <Answer query={query}>
        {(rows) => (
          <Rows
            label="Runs"
            rows={rows}
            columns={COLUMNS}
            keyOf={({ id }) => id}
            onEnd={() => query.hasNextPage && void query.fetchNextPage()}
          />
        )}
      </Answer>
    </Card>
  );
}
