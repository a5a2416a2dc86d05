import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isMissing } from "../../api/error";
import type { FlowDetail } from "../../api/types";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { NewestRuns } from "../../parts/grid/NewestRuns";
import { Missing } from "../../parts/Missing";
import { PageHead } from "../../parts/PageHead";
import { StateBadge } from "../../parts/StateBadge";
import { Ago } from "../../parts/Time";
import { Figures } from "./Figures";
import styles from "./FlowPage.module.css";
import { FlowRuns } from "./FlowRuns";
import { flowQuery, gridQuery } from "./queries";

const route = getRouteApi("/frame/flows/$name");
const anyRoute = getRouteApi("/frame/flow");

export function FlowPage() {
  return <Shown name={route.useParams().name} />;
}

export function AnyFlowPage() {
  return <Shown name={anyRoute.useSearch().name} />;
}

/** How one flow does: its counts and durations, its newest runs against their tasks. */
function Shown({ name }: { name: string }) {
  useTitle(name);
  useRefreshed(["flow", name], { name: ["peninsula.flow-run.*"] });
  const flow = useQuery(flowQuery(name));
  if (isMissing(flow.error)) {
    return <Missing what="flow" error={flow.error} command="peninsula flow-run ls" />;
  }
  return (
    <>
      <nav aria-label="Above" className={styles.above}>
        <Link to="/flows">Flows</Link>
      </nav>
      <PageHead title={name}>{flow.data && <Last flow={flow.data} />}</PageHead>
      <Answer query={flow}>
        {(known) => (
          <div className={styles.content}>
            <Figures flow={known} />
            <NewestRuns query={gridQuery(name)} p50={known.p50} />
            <FlowRuns name={name} />
          </div>
        )}
      </Answer>
    </>
  );
}

function Last({ flow: { last } }: { flow: FlowDetail }) {
  return (
    <>
      <StateBadge state={last.state} pill />
      <Ago at={last.started ?? last.expected} />
    </>
  );
}
