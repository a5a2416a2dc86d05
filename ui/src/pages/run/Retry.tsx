import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { answered, api } from "../../api/client";
import type { Run, RunSummary } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { visible } from "../../browser/visible";
import { Ask } from "../../parts/Ask";
import styles from "./Head.module.css";
import { keyOf } from "./queries";

const AGAIN: readonly Run["state"]["type"][] = ["FAILED", "CRASHED", "CANCELLED"];

/** Have a run go on from where it failed, or its deployment run once more with other parameters. */
export function Retry({ summary }: { summary: RunSummary }) {
  const { run, startable, deployment_name: known } = summary;
  const { id, name, deployment, state } = run;
  const queryClient = useQueryClient();
  const retry = async () => {
    await answered(api.POST("/api/flow-runs/{id}/retry", { params: { path: { id } } }));
    await queryClient.invalidateQueries({ queryKey: keyOf(id) });
  };
  if (!useMayChange()) return null;
  return (
    <>
      {deployment !== null && known !== null && (
        <Link
          to="/deployments/$id/run"
          params={{ id: deployment }}
          search={{ like: id }}
          className={styles.action}
        >
          Run again
        </Link>
      )}
      {startable && AGAIN.includes(state.type) && (
        <Ask button="Retry" does="Retry the run" keeps="Leave it" act={retry}>
          <p>
            Start <b>{visible(name)}</b> again? What it finished is taken from kept results; the
            rest runs once more, with the same parameters. Its log says which is which.
          </p>
        </Ask>
      )}
    </>
  );
}
