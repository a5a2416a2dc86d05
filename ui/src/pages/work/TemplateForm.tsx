import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import { AS_TEXT, api, exactly } from "../../api/client";
import { readJson, writeJson } from "../../api/exact";
import type { WorkPool } from "../../api/types";
import form from "../../parts/form/Form.module.css";
import { FormDialog } from "../../parts/form/FormDialog";
import { poolQuery, WORK } from "./queries";

interface Opened {
  pool: WorkPool;
  onClose: () => void;
}

/** Write the job template of a pool as JSON. The server says which key is at fault. */
export function TemplateForm({ pool: { name, base_job_template: template }, onClose }: Opened) {
  const id = useId();
  const [text, setText] = useState(() => writeJson(template, 2));
  const read = readTyped(text);
  const save = useSaved(name, onClose);
  return (
    <FormDialog
      title="Base job template"
      does="Save the template"
      done={save}
      isUnready={read.problem !== null}
      wide
      onSubmit={() => save.mutate(read.value)}
      onClose={onClose}
    >
      <div className={form.field}>
        <label htmlFor={id}>Base job template of {name}</label>
        <textarea
          id={id}
          rows={24}
          value={text}
          spellCheck={false}
          aria-invalid={read.problem !== null || undefined}
          aria-describedby={`${id}about`}
          onChange={({ target }) => {
            setText(target.value);
            save.reset();
          }}
        />
        <p
          id={`${id}about`}
          className="muted"
          data-tone={read.problem === null ? undefined : "bad"}
          role="status"
        >
          {read.problem ??
            "JSON: job_configuration, with {{ name }} where a variable goes, and variables, their JSON schema."}
        </p>
      </div>
    </FormDialog>
  );
}

type Read = { value: unknown; problem: null } | { value: null; problem: string };

/** The browser says in which line it is no JSON. */
function readTyped(text: string): Read {
  try {
    return { value: readJson(text), problem: null };
  } catch (problem) {
    return { value: null, problem: `This is no JSON: ${(problem as Error).message}.` };
  }
}

function useSaved(name: string, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (template: unknown) => {
      // The client's types know no dictionary of anything.
      const body = { base_job_template: template } as never;
      const params = { path: { name } };
      return exactly(api.POST("/api/work-pools/{name}", { params, body, ...AS_TEXT }));
    },
    onSuccess: async (pool) => {
      queryClient.setQueryData(poolQuery(name).queryKey, pool);
      await queryClient.invalidateQueries({ queryKey: WORK });
      onDone();
    },
  });
}
