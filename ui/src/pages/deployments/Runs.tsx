import { useInfiniteQuery } from "@tanstack/react-query";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { RunRows } from "../../parts/RunRows";
import { runsQuery } from "./queries";

/** Runs of the deployment, the newest first, with what is to come. */
export function Runs({ id }: { id: string }) {
  const query = useInfiniteQuery(runsQuery(id));
  return (
    <Card title="Runs">
      <Answer query={query}>
        {(rows) =>
          rows.length > 0 ? (
            <RunRows
              rows={rows}
              onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
            />
          ) : (
            <p className="muted">It has not run yet.</p>
          )
        }
      </Answer>
    </Card>
  );
}
