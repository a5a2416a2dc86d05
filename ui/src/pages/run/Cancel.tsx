import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api } from "../../api/client";
import { sessionQuery } from "../../api/session";
import { visible } from "../../browser/visible";
import { Dialog } from "../../parts/Dialog";
import { Problem } from "../../parts/Problem";
import styles from "./Cancel.module.css";
import { keyOf } from "./queries";

interface Cancelled {
  id: string;
  name: string;
}

/** End a run that goes on, for those who may. It asks first: there is no way back. */
export function Cancel({ id, name }: Cancelled) {
  const { data: session } = useQuery(sessionQuery);
  const [asks, setAsks] = useState(false);
  if (!session?.scopes.includes("work")) return null;
  return (
    <>
      <button type="button" onClick={() => setAsks(true)}>
        Cancel
      </button>
      {asks && <Ask id={id} name={name} onClose={() => setAsks(false)} />}
    </>
  );
}

function Ask({ id, name, onClose }: Cancelled & { onClose: () => void }) {
  const queryClient = useQueryClient();
  const cancel = useMutation({
    mutationFn: () =>
      answered(
        api.POST("/api/flow-runs/{id}/cancel", {
          params: { path: { id } },
          body: { message: null },
        }),
      ),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: keyOf(id) });
      onClose();
    },
  });
  return (
    <Dialog label="Cancel the run" onClose={onClose}>
      <p>
        Cancel <b>{visible(name)}</b>? Its tasks are interrupted where they are.
      </p>
      {cancel.error && <Problem error={cancel.error} />}
      <p className={styles.choices}>
        <button type="button" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
          Cancel the run
        </button>
        <button type="button" onClick={onClose}>
          Let it go on
        </button>
      </p>
    </Dialog>
  );
}
