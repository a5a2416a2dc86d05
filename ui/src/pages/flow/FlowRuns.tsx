import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answered, api } from "../../api/client";
import { itemsOf, pagesOf } from "../../api/pages";
import type { Run } from "../../api/types";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { RunRows } from "../../parts/RunRows";

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
        <Link to="/runs" search={{ flow: [name], span: "30d", subflows: "yes" }}>
          Filter them
        </Link>
      }
    >
      <Answer query={query}>
        {(rows) => (
          <RunRows rows={rows} onEnd={() => query.hasNextPage && void query.fetchNextPage()} />
        )}
      </Answer>
    </Card>
  );
}
