import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api } from "../../api/client";
import type { WorkPool } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { EventRows } from "../../parts/EventRows";
import { Facts } from "../../parts/Facts";
import { whole } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { Problem } from "../../parts/Problem";
import { LimitForm } from "./LimitForm";
import { PoolStatus } from "./PoolStatus";
import { Queues } from "./Queues";
import { eventsQuery, OF_WORK, poolQuery, WORK, workersQuery } from "./queries";
import { Slots } from "./Slots";
import { Template } from "./Template";
import styles from "./Work.module.css";
import { Workers } from "./Workers";

const route = getRouteApi("/frame/work-pools/$name");

/** One work pool: whether its runs are taken, by whom, what waits, and what happened. */
export function PoolPage() {
  const { name } = route.useParams();
  useTitle(name);
  useRefreshed(WORK, { name: [...OF_WORK.name, "peninsula.flow-run.*"] });
  return (
    <Answer
      query={useQuery(poolQuery(name))}
      sought={{ what: "work pool", command: "peninsula work-pool ls" }}
    >
      {(pool) => <Known pool={pool} />}
    </Answer>
  );
}

function Known({ pool }: { pool: WorkPool }) {
  const workers = useQuery(workersQuery);
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/work-pools">Work pools</Link> / {pool.type}
      </nav>
      <PageHead title={pool.name} actions={<Turn pool={pool} />}>
        <PoolStatus pool={pool} />
        {pool.description && <span>{pool.description}</span>}
      </PageHead>
      <div className={styles.content}>
        <Card
          title="Runs"
          actions={
            <span className={styles.beside}>
              <Deployments pool={pool.name} />
              <Limit pool={pool} />
            </span>
          }
        >
          <Facts
            facts={[
              ["Running", <Slots key="s" taken={pool.running} limit={pool.concurrency_limit} />],
              ["Waiting", whole(pool.waiting)],
              ["Late", <Late key="late" pool={pool} />],
            ]}
          />
        </Card>
        <Queues pool={pool.name} />
        <Card title="Workers">
          <Answer query={workers}>
            {(all) => <Workers workers={all.filter((one) => one.pool === pool.name)} />}
          </Answer>
        </Card>
        <Template pool={pool} />
        <Events pool={pool} />
      </div>
    </>
  );
}

function Late({ pool: { late } }: { pool: WorkPool }) {
  return <span data-tone={late > 0 ? "warn" : undefined}>{whole(late)}</span>;
}

function Deployments({ pool }: { pool: string }) {
  return (
    <Link to="/deployments" search={{ pool: [pool] }}>
      Deployments in it
    </Link>
  );
}

function Events({ pool }: { pool: WorkPool }) {
  const { open } = route.useSearch();
  const query = useInfiniteQuery(eventsQuery(pool));
  return (
    <Card title="Events">
      <Answer query={query}>
        {(rows) => (
          <EventRows
            rows={rows}
            open={open}
            onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
          />
        )}
      </Answer>
    </Card>
  );
}

/** How many of its runs may be under way at a time, for those who may change it. */
function Limit({ pool: { name, concurrency_limit } }: { pool: WorkPool }) {
  const [edits, setEdits] = useState(false);
  const params = { path: { name } };
  if (!useMayChange()) return null;
  return (
    <>
      <button type="button" onClick={() => setEdits(true)}>
        Change the limit
      </button>
      {edits && (
        <LimitForm
          title={`Limit of ${name}`}
          limits={{ concurrency_limit }}
          save={(body) => answered(api.POST("/api/work-pools/{name}", { params, body }))}
          onClose={() => setEdits(false)}
        />
      )}
    </>
  );
}

/** Nobody takes runs of a pool that is paused. */
function Turn({ pool: { name, paused } }: { pool: WorkPool }) {
  const queryClient = useQueryClient();
  const turn = useMutation({
    mutationFn: () => {
      const params = { path: { name } };
      return answered(api.POST("/api/work-pools/{name}", { params, body: { paused: !paused } }));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: WORK }),
  });
  if (!useMayChange()) return null;
  return (
    <>
      {turn.error && <Problem error={turn.error} />}
      <button type="button" disabled={turn.isPending} onClick={() => turn.mutate()}>
        {paused ? "Resume" : "Pause"}
      </button>
    </>
  );
}
