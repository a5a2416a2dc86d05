import { useQueryClient } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { RunSummary } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { visible } from "../../browser/visible";
import { Ask } from "../../parts/Ask";
import { isOver } from "../../parts/states";
import { keyOf } from "./queries";

/** Have a flow run begin nothing more until someone resumes it: in its process, or without one. */
export function Hold({ summary: { run, startable } }: { summary: RunSummary }) {
  const queryClient = useQueryClient();
  const params = { path: { id: run.id } };
  const pause = async () => {
    await answered(api.POST("/api/flow-runs/{id}/pause", { params }));
    void queryClient.invalidateQueries({ queryKey: keyOf(run.id) });
  };
  const suspend = async () => {
    await answered(api.POST("/api/flow-runs/{id}/suspend", { params }));
    void queryClient.invalidateQueries({ queryKey: keyOf(run.id) });
  };
  const { type, name } = run.state;
  const goesOn = !isOver(type) && type !== "CANCELLING" && name !== "Suspended";
  if (!useMayChange() || run.kind === "task-run" || !goesOn) return null;
  return (
    <>
      {type !== "PAUSED" && (
        <Ask button="Pause" does="Pause the run" keeps="Let it go on" act={pause}>
          <p>
            Pause <b>{visible(run.name)}</b>? Task runs that are under way go on; the flow begins no
            other until someone resumes it. Its process waits. Tasks on Dask or Ray go on with what
            they begin.
          </p>
        </Ask>
      )}
      {startable && (
        <Ask button="Suspend" does="Suspend the run" keeps="Let it go on" act={suspend}>
          <p>
            Suspend <b>{visible(run.name)}</b>? Task runs that are under way go on; before the next
            one its process ends. When someone resumes it, a worker starts it anew: what it finished
            is taken from kept results.
          </p>
        </Ask>
      )}
    </>
  );
}
