import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/types";
import { visible } from "../../browser/visible";
import { Answer } from "../Answer";
import { inLine } from "../errors";
import { callOf } from "../events";
import { Icon } from "../Icon";
import { whole } from "../numbers";
import { outcomeOf } from "../outcomes";
import { flowPath, runPath } from "../places";
import { type Column, Rows } from "../Rows";
import { StateBadge } from "../StateBadge";
import { Ago } from "../Time";
import { duration } from "../times";
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
    main: true,
    cell: ({ run, root_name: root }) => (
      <>
        <Link to={runPath(run.id)}>{visible(run.name)}</Link>
        {root !== null && <span className="muted"> in {visible(root)}</span>}
      </>
    ),
  },
  {
    title: "Flow or task",
    width: "minmax(0, 1.4fr)",
    wide: true,
    cell: ({ run: { flow, task } }) =>
      task ?? (flow !== null && <Link to={flowPath(flow)}>{visible(flow)}</Link>),
  },
  {
    title: "Last operation",
    width: "minmax(0, 2.4fr)",
    wide: true,
    cell: ({ operation }) => operation && <Done operation={operation} />,
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
    wide: true,
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

/** What a run did, whether it went well, and what it says if it did not. */
function Done({ operation }: { operation: NonNullable<Touching["operation"]> }) {
  const { event, error } = operation;
  const outcome = outcomeOf(event);
  return (
    <span title={visible(error === null ? event : `${event}\n${error}`)}>
      {outcome !== "other" && (
        <span data-tone={outcome === "ok" ? "ok" : "bad"}>
          <Icon name={outcome === "ok" ? "check" : "cross"} />{" "}
          <span className="spoken">{outcome}</span>
        </span>
      )}
      {visible(callOf(event)?.method ?? event)}
      {error !== null && <span className="muted"> · {inLine(error)}</span>}
    </span>
  );
}

function secondsOf(operation: Touching["operation"]): string | null {
  const { seconds = null } = operation ?? {};
  return seconds === null ? null : duration(seconds);
}
