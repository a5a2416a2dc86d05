import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/types";
import { Answer } from "../../parts/Answer";
import { whole } from "../../parts/numbers";
import { flowPath, runPath } from "../../parts/places";
import { type Column, Rows } from "../../parts/Rows";
import { StateBadge } from "../../parts/StateBadge";
import { Ago } from "../../parts/Time";
import { duration } from "../../parts/times";
import { touchingQuery } from "./queries";

type Touching = Schemas["TouchingRun"];

interface Touched {
  id: string;
  failed: boolean;
}

const COLUMNS: Column<Touching>[] = [
  { title: "State", width: "104px", cell: ({ run }) => <StateBadge state={run.state} /> },
  {
    title: "Run",
    width: "minmax(0, 2fr)",
    cell: ({ run, root_name: root }) => (
      <>
        <Link to={runPath(run.id)}>{run.name}</Link>
        {root !== null && <span className="muted"> in {root}</span>}
      </>
    ),
  },
  {
    title: "Flow or task",
    width: "minmax(0, 1.4fr)",
    wide: true,
    cell: ({ run: { flow, task } }) =>
      task ?? (flow !== null && <Link to={flowPath(flow)}>{flow}</Link>),
  },
  {
    title: "Last operation",
    width: "minmax(0, 1.6fr)",
    wide: true,
    cell: ({ operation }) => <span className="muted">{operation?.event}</span>,
  },
  {
    title: "Took",
    width: "62px",
    wide: true,
    end: true,
    cell: ({ operation }) => secondsOf(operation),
  },
  {
    title: "Events",
    width: "50px",
    end: true,
    cell: ({ events }) => whole(events),
  },
  { title: "Touched", width: "68px", end: true, cell: ({ last }) => <Ago at={last} /> },
];

/** The runs that touched a resource, with what became of them, the last one first. */
export function TouchingRuns({ id, failed }: Touched) {
  const query = useInfiniteQuery(touchingQuery(id, failed));
  return (
    <Answer query={query}>
      {(rows) =>
        rows.length > 0 ? (
          <Rows
            label="Runs that touched it"
            rows={rows}
            columns={COLUMNS}
            keyOf={({ run }) => run.id}
            onEnd={() => query.hasNextPage && !query.isFetching && void query.fetchNextPage()}
          />
        ) : (
          <p className="muted">{failed ? "None that failed." : "No run touched it."}</p>
        )
      }
    </Answer>
  );
}

function secondsOf(operation: Touching["operation"]): string | null {
  const { seconds = null } = operation ?? {};
  return seconds === null ? null : duration(seconds);
}
