import { useQueryClient } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import { useMayChange } from "../../api/useMayChange";
import { visible } from "../../browser/visible";
import { Ask } from "../../parts/Ask";
import { keyOf } from "./queries";

/** End a run that goes on, for those who may. It asks first: there is no way back. */
export function Cancel({ id, name }: { id: string; name: string }) {
  const queryClient = useQueryClient();
  const cancel = async () => {
    const params = { path: { id } };
    await answered(api.POST("/api/flow-runs/{id}/cancel", { params, body: { message: null } }));
    void queryClient.invalidateQueries({ queryKey: keyOf(id) });
  };
  if (!useMayChange()) return null;
  return (
    <Ask button="Cancel" does="Cancel the run" keeps="Let it go on" act={cancel}>
      <p>
        Cancel <b>{visible(name)}</b>? Its tasks are interrupted where they are.
      </p>
    </Ask>
  );
}
