import { useMutation, useQueryClient } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { RunRef, Suspect } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { visible } from "../../browser/visible";
import { Problem } from "../../parts/Problem";
import { keyOf } from "./queries";
import styles from "./Why.module.css";

/** Say that a suspect is not the cause, or take it back: for those who may. */
export function Verdict({ run, suspect }: { run: RunRef; suspect: Suspect }) {
  const mayChange = useMayChange();
  const queryClient = useQueryClient();
  const { dismissed, event } = suspect;
  const say = useMutation({
    mutationFn: () => {
      const told = { params: { path: { id: run.id, event: event.id } } };
      return answered(
        dismissed
          ? api.POST(`/api/${run.kind}s/{id}/suspects/{event}/restore`, told)
          : api.POST(`/api/${run.kind}s/{id}/suspects/{event}/dismiss`, told),
      );
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: keyOf(run.id) }),
  });
  if (!mayChange) return null;
  return (
    <>
      <button
        type="button"
        className={styles.verdict}
        disabled={say.isPending}
        onClick={() => say.mutate()}
        aria-label={visible(`${dismissed ? "Restore" : "Not the cause"}: ${event.event}`)}
      >
        {dismissed ? "Restore" : "Not the cause"}
      </button>
      {say.error && <Problem error={say.error} />}
    </>
  );
}
