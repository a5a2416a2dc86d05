import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Deployment } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { useRefreshed } from "../../api/useRefreshed";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Go } from "../../parts/Go";
import { NewestRuns } from "../../parts/grid/NewestRuns";
import { Icon } from "../../parts/Icon";
import { PageHead } from "../../parts/PageHead";
import { flowPath } from "../../parts/places";
import { About } from "./About";
import { Change } from "./Change";
import styles from "./Deployments.module.css";
import { NextRuns } from "./NextRuns";
import { DEPLOYMENTS, deploymentQuery, gridQuery } from "./queries";
import { Runs } from "./Runs";
import { Schedules } from "./Schedules";

const route = getRouteApi("/frame/deployments/$id");

/** One deployment: when it runs, how it did, what it is; have it run, pause it, change when. */
export function DeploymentPage() {
  const { id } = route.useParams();
  useRefreshed([...DEPLOYMENTS, id], {
    name: ["peninsula.deployment.*", "peninsula.schedule.*", "peninsula.flow-run.*"],
  });
  return (
    <Answer
      query={useQuery(deploymentQuery(id))}
      sought={{ what: "deployment", command: "peninsula deployment ls" }}
    >
      {(deployment) => <Known deployment={deployment} />}
    </Answer>
  );
}

function Known({ deployment }: { deployment: Deployment }) {
  const { flow, name, paused } = deployment;
  useTitle(`${flow}/${name}`);
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/deployments">Deployments</Link> / <Go to={flowPath(flow)}>{flow}</Go>
      </nav>
      <PageHead title={name} actions={<Actions deployment={deployment} />}>
        {paused && (
          <span data-tone="warn">
            <Icon name="pause" size={10} /> Paused: its schedules make no runs
          </span>
        )}
        {deployment.description && <span>{deployment.description}</span>}
      </PageHead>
      <div className={styles.columns}>
        <div className={styles.column}>
          <Schedules deployment={deployment} />
          <NewestRuns query={gridQuery(deployment)} p50={null} />
          <Runs id={deployment.id} />
        </div>
        <div className={styles.column}>
          <NextRuns deployment={deployment} />
          <About deployment={deployment} />
        </div>
      </div>
    </>
  );
}

function Actions({ deployment }: { deployment: Deployment }) {
  if (!useMayChange()) return null;
  return (
    <>
      <Link
        to="/deployments/$id/run"
        params={{ id: deployment.id }}
        search={{}}
        className={styles.run}
      >
        Run
      </Link>
      <Change deployment={deployment} />
    </>
  );
}
