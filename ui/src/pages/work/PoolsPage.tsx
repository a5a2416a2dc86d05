import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { WorkPool } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Empty } from "../../parts/Empty";
import { whole } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { type Column, Rows } from "../../parts/Rows";
import { PoolStatus } from "./PoolStatus";
import { OF_WORK, poolsQuery, WORK, workersQuery } from "./queries";
import { Slots } from "./Slots";
import styles from "./Work.module.css";
import { Workers } from "./Workers";

const COLUMNS: Column<WorkPool>[] = [
  {
    title: "Work pool",
    width: "minmax(100px, 2fr)",
    main: true,
    cell: ({ name }) => (
      <Link to="/work-pools/$name" params={{ name }}>
        {name}
      </Link>
    ),
  },
  { title: "Type", width: "90px", wide: true, cell: ({ type }) => type },
  { title: "Workers", width: "minmax(140px, 1fr)", cell: (pool) => <PoolStatus pool={pool} /> },
  {
    title: "Running",
    width: "minmax(78px, 1fr)",
    wide: true,
    cell: ({ running, concurrency_limit: limit }) => <Slots taken={running} limit={limit} />,
  },
  { title: "Waiting", width: "62px", wide: true, end: true, cell: ({ waiting }) => whole(waiting) },
  { title: "Late", width: "48px", end: true, cell: (pool) => <Late count={pool.late} /> },
];

function Late({ count }: { count: number }) {
  return <span data-tone={count > 0 ? "warn" : undefined}>{whole(count)}</span>;
}

/** Where runs wait for workers, and who takes them. */
export function PoolsPage() {
  useTitle("Work pools");
  useRefreshed(WORK, OF_WORK);
  const workers = useQuery(workersQuery);
  return (
    <>
      <PageHead title="Work pools" />
      <Answer query={useQuery(poolsQuery)}>
        {(pools) =>
          pools.length > 0 ? (
            <div className={styles.content}>
              <Rows label="Work pools" rows={pools} columns={COLUMNS} keyOf={({ id }) => id} />
              <Card title="Workers">
                <Answer query={workers}>{(known) => <Workers workers={known} ofMany />}</Answer>
              </Card>
            </div>
          ) : (
            <Empty
              title="There are no work pools yet."
              command="peninsula work-pool create local --type process"
            >
              Runs of deployments wait in a work pool until a worker of it starts them: as processes
              where the worker is, or on Kubernetes.
            </Empty>
          )
        }
      </Answer>
    </>
  );
}
