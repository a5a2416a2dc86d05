import { type UseQueryOptions, useQuery } from "@tanstack/react-query";
import type { Grid } from "../../api/types";
import { Answer } from "../Answer";
import { Card } from "../Card";
import { useStill } from "../useStill";
import { RunGrid } from "./RunGrid";

interface Asked {
  // Each page has a key of its own for it.
  // biome-ignore lint/suspicious/noExplicitAny: as the library types options of any key
  query: UseQueryOptions<Grid, Error, Grid, any>;
  /** Seconds. */
  p50: number | null;
}

/** What became of each task in the newest runs. Nothing moves under the pointer. */
export function NewestRuns({ query: asked, p50 }: Asked) {
  const query = useQuery(asked);
  const { shown, behind, hold } = useStill(query.data);
  return (
    <div {...hold}>
      <Card
        title="Tasks of the newest runs"
        actions={<span className="muted">{behind ? "Something is new" : "oldest to newest"}</span>}
      >
        <Answer query={query}>
          {(newest) =>
            newest.ids.length > 0 ? (
              <RunGrid grid={shown ?? newest} p50={p50} />
            ) : (
              <p className="muted">It has not run yet.</p>
            )
          }
        </Answer>
      </Card>
    </div>
  );
}
