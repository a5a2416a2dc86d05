import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useId, useState } from "react";
import form from "../../parts/form/Form.module.css";
import { FormDialog } from "../../parts/form/FormDialog";
import { WORK } from "./queries";

export interface Limits {
  /** The most runs at a time; null for as many as there are workers for. */
  concurrency_limit: number | null;
  /** Of a queue: smaller ones go first. A pool has none. */
  priority?: number;
}

interface Opened {
  title: string;
  limits: Limits;
  save: (limits: Limits) => Promise<unknown>;
  onClose: () => void;
}

/** Say how many runs of a pool or a queue are under way at a time, and which queue goes first. */
export function LimitForm({ title, limits, save, onClose }: Opened) {
  const id = useId();
  const queryClient = useQueryClient();
  const [most, setMost] = useState(() => String(limits.concurrency_limit ?? ""));
  const [priority, setPriority] = useState(() => String(limits.priority ?? ""));
  const saved = useMutation({
    mutationFn: () =>
      save({
        concurrency_limit: most === "" ? null : Number(most),
        ...(limits.priority !== undefined && { priority: Number(priority) }),
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: WORK });
      onClose();
    },
  });
  return (
    <FormDialog title={title} does="Save" done={saved} onSubmit={saved.mutate} onClose={onClose}>
      <div className={form.field}>
        <label htmlFor={`${id}most`}>Runs at a time</label>
        <input
          id={`${id}most`}
          type="number"
          min={0}
          value={most}
          aria-describedby={`${id}about`}
          onChange={({ target }) => setMost(target.value)}
        />
        <p id={`${id}about`} className="muted">
          Left empty, there is no limit. With 0 no run is taken.
        </p>
      </div>
      {limits.priority !== undefined && (
        <div className={form.field}>
          <label htmlFor={`${id}priority`}>Priority</label>
          <input
            id={`${id}priority`}
            type="number"
            required
            value={priority}
            aria-describedby={`${id}first`}
            onChange={({ target }) => setPriority(target.value)}
          />
          <p id={`${id}first`} className="muted">
            Queues with smaller numbers are taken from first.
          </p>
        </div>
      )}
    </FormDialog>
  );
}
