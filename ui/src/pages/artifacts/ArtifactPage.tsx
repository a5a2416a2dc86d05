import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isMissing } from "../../api/error";
import type { Artifact } from "../../api/types";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Go } from "../../parts/Go";
import { whole } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { runPath } from "../../parts/places";
import { Time } from "../../parts/Time";
import styles from "./ArtifactPage.module.css";
import { Body, Text } from "./Body";
import { artifactQuery, runQuery } from "./queries";

const route = getRouteApi("/frame/artifacts/$id");

/** One artifact: what it shows, and where it came from. */
export function ArtifactPage() {
  const { id } = route.useParams();
  const query = useQuery(artifactQuery(id));
  useTitle(query.data?.key ?? "Artifact");
  return (
    <Answer query={query} sought={{ what: "artifact", command: "peninsula artifact ls" }}>
      {(artifact) => <Shown artifact={artifact} />}
    </Answer>
  );
}

function Shown({ artifact }: { artifact: Artifact }) {
  const { id, key, kind, description, run, root, size, created, updated } = artifact;
  return (
    <>
      <PageHead title={key ?? `Artifact ${id.slice(-8)}`}>{kind}</PageHead>
      <div className={styles.parts}>
        <Card title="What it shows">
          {description && (
            <div className={styles.description}>
              <Text text={description} />
            </div>
          )}
          <Body kind={kind} body={artifact.body} />
        </Card>
        <Card title="Where it came from">
          <Facts
            facts={[
              ["Flow run", root && <FlowRun id={root} />],
              ["Run", run && root && run !== root && <RunBelow id={run} root={root} />],
              [
                "Size",
                <a key="size" href={`/api/artifacts/${id}/body`}>
                  {whole(size)} bytes
                </a>,
              ],
              ["Created", <Time key="created" at={created} />],
              ["Updated", <Time key="updated" at={updated} />],
              [
                "Versions",
                key && (
                  <Link to="/artifacts" search={{ key }}>
                    all of {key}
                  </Link>
                ),
              ],
            ]}
          />
        </Card>
      </div>
    </>
  );
}

function FlowRun({ id }: { id: string }) {
  const { data } = useQuery(runQuery({ id, kind: "flow-run" }));
  return <Go to={runPath(id)}>{data?.name ?? id.slice(-8)}</Go>;
}

/** A task run; where there is none of that id, it is a subflow's. */
function RunBelow({ id, root }: { id: string; root: string }) {
  const task = useQuery(runQuery({ id, kind: "task-run" }));
  const flow = useQuery({ ...runQuery({ id, kind: "flow-run" }), enabled: isMissing(task.error) });
  const name = task.data?.name ?? flow.data?.name;
  return <Go to={runPath(root, { sel: id })}>{name ?? id.slice(-8)}</Go>;
}
