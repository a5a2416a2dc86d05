import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { answered, api } from "../../api/client";
import type { Run } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { Dialog } from "../../parts/Dialog";
import { asRecord } from "../../parts/events";
import { dataOf, draftsOf, type Problems } from "../../parts/form/draft";
import { FieldInputs } from "../../parts/form/FieldInput";
import form from "../../parts/form/Form.module.css";
import { fieldsOf, type Schema } from "../../parts/form/schema";
import { Problem } from "../../parts/Problem";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Problems = {};
    const input = dataOf(fields, drafts, found);
    setProblems(found);
    if (Object.keys(found).length === 0) resume.mutate(input);
  };
  return (
    <Dialog label="Resume the run" onClose={onClose}>
      <form className={form.form} noValidate onSubmit={submit}>
        {typeof asked.description === "string" && <p>{asked.description}</p>}
        {fields.length === 0 && <p>It goes on from where it waits.</p>}
        <FieldInputs fields={fields} drafts={drafts} problems={problems} onChange={setDrafts} />
        {resume.error && <Problem error={resume.error} />}
        <p className={form.actions}>
          <button type="submit" disabled={resume.isPending}>
            Resume the run
          </button>
          <button type="button" onClick={onClose}>
            Let it wait
          </button>
        </p>
      </form>
    </Dialog>
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
