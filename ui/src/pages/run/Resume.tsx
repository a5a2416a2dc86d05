import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api } from "../../api/client";
import type { Run } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { asRecord } from "../../parts/events";
import { dataOf, draftsOf, type Problems } from "../../parts/form/draft";
import { FieldInputs } from "../../parts/form/FieldInput";
import { FormDialog } from "../../parts/form/FormDialog";
import { fieldsOf, type Schema } from "../../parts/form/schema";
import { keyOf } from "./queries";

/** Let a run go on that waits for someone, with what it asks for. */
export function Resume({ run }: { run: Run }) {
  const [asks, setAsks] = useState(false);
  if (!useMayChange() || run.state.type !== "PAUSED") return null;
  return (
    <>
      <button type="button" onClick={() => setAsks(true)}>
        Resume
      </button>
      {asks && <Input run={run} onClose={() => setAsks(false)} />}
    </>
  );
}

function Input({ run, onClose }: { run: Run; onClose: () => void }) {
  const [asked] = useState(() => asRecord(asRecord(run.state.details).input));
  const [fields] = useState(() => fieldsOf(asRecord(asked.schema) as Schema));
  const [drafts, setDrafts] = useState(() => draftsOf(fields, null));
  const [problems, setProblems] = useState<Problems>({});
  const resume = useResumed(run.id, onClose);
  const submit = () => {
    const found: Problems = {};
    const input = dataOf(fields, drafts, found);
    setProblems(found);
    if (Object.keys(found).length === 0) resume.mutate(input);
  };
  return (
    <FormDialog
      title="Resume the run"
      does="Resume the run"
      keeps="Let it wait"
      done={resume}
      noValidate
      onSubmit={submit}
      onClose={onClose}
    >
      {typeof asked.description === "string" && <p>{asked.description}</p>}
      {fields.length === 0 && <p>It goes on from where it waits.</p>}
      <FieldInputs fields={fields} drafts={drafts} problems={problems} onChange={setDrafts} />
    </FormDialog>
  );
}

function useResumed(id: string, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: Record<string, unknown>) => {
      // The client's types know no dictionary of anything.
      const body = { input } as never;
      return answered(api.POST("/api/flow-runs/{id}/resume", { params: { path: { id } }, body }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: keyOf(id) });
      onDone();
    },
  });
}
