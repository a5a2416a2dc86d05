import { useQueryClient } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { Run } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { visible } from "../../browser/visible";
import { Ask } from "../../parts/Ask";
import { keyOf } from "./queries";

/** End a run that goes on, for those who may. It asks first: there is no way back. */
export function Cancel({ run: { id, kind, name } }: { run: Run }) {
  const queryClient = useQueryClient();
  const cancel = async () => {
    const params = { path: { id } };
    await answered(api.POST(`/api/${kind}s/{id}/cancel`, { params, body: { message: null } }));
    void queryClient.invalidateQueries({ queryKey: keyOf(id) });
  };
  if (!useMayChange()) return null;
  return (
    <Ask button="Cancel" does="Cancel the run" keeps="Let it go on" act={cancel}>
      <p>
        Cancel <b>{visible(name)}</b>? {kind === "flow-run" ? "Its tasks are" : "It is"} interrupted
        where {kind === "flow-run" ? "they are" : "it is"}.
      </p>
    </Ask>
  );
}
