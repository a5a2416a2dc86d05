import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { answered, api } from "../../api/client";
import type { Deployment } from "../../api/types";
import { Ask } from "../../parts/Ask";
import { Problem } from "../../parts/Problem";
import { DEPLOYMENTS } from "./queries";

/** Pause a deployment or let it go on, and delete it. */
export function Change({ deployment }: { deployment: Deployment }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const params = { path: { id: deployment.id } };
  const turn = useMutation({
    mutationFn: () =>
      answered(
        deployment.paused
          ? api.POST("/api/deployments/{id}/resume", { params })
          : api.POST("/api/deployments/{id}/pause", { params }),
      ),
    onSettled: () => queryClient.invalidateQueries({ queryKey: DEPLOYMENTS }),
  });
  const remove = async () => {
    await answered(api.DELETE("/api/deployments/{id}", { params }));
    await navigate({ to: "/deployments" });
    queryClient.removeQueries({ queryKey: [...DEPLOYMENTS, deployment.id] });
    await queryClient.invalidateQueries({ queryKey: DEPLOYMENTS });
  };
  return (
    <>
      {turn.error && <Problem error={turn.error} />}
      <button type="button" disabled={turn.isPending} onClick={() => turn.mutate()}>
        {deployment.paused ? "Resume" : "Pause"}
      </button>
      <Ask button="Delete" does="Delete the deployment" keeps="Keep it" act={remove}>
        <p>
          Delete{" "}
          <b>
            {deployment.flow}/{deployment.name}
          </b>
          ? Its schedules are gone then, and runs of it that wait do not run. Those that were begun
          stay.
        </p>
      </Ask>
    </>
  );
}
