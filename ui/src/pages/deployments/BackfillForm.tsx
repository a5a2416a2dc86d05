import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useId, useState } from "react";
import { answered, api } from "../../api/client";
import type { Backfilled, Deployment } from "../../api/types";
import { writeRange } from "../../browser/range";
import { Dialog } from "../../parts/Dialog";
import form from "../../parts/form/Form.module.css";
import { FormDialog } from "../../parts/form/FormDialog";
import { whole } from "../../parts/numbers";
import { parametersOf } from "./parameters";
import { DEPLOYMENTS } from "./queries";
import { ruleText } from "./rules";

interface Opened {
  deployment: Deployment;
  onClose: () => void;
}

/** What someone has said so far of a backfill; times are as the browser writes them. */
interface Said {
  schedule: string;
  from: string;
  to: string;
  /** The parameter that is set to the moment of each run; empty for none. */
  parameter: string;
  key: string;
}

/** Run a deployment for each moment of a schedule in a span of time that has passed. */
export function BackfillForm({ deployment, onClose }: Opened) {
  const [said, setSaid] = useState<Said>(() => nothingSaid(deployment));
  const say = (more: Partial<Said>) => setSaid((before) => ({ ...before, ...more }));
  const backfill = useBackfill(deployment.id);
  if (backfill.data) return <Done {...{ deployment, said, onClose }} made={backfill.data} />;
  const isTurned = said.from !== "" && said.to !== "" && said.from >= said.to;
  return (
    <FormDialog
      title="Backfill"
      does="Make the runs"
      done={backfill}
      isUnready={said.from === "" || said.to === "" || isTurned}
      onSubmit={() => backfill.mutate(said)}
      onClose={onClose}
    >
      <Which deployment={deployment} said={said} onSay={say} />
      <Span said={said} onSay={say} isTurned={isTurned} />
      <More deployment={deployment} said={said} onSay={say} />
    </FormDialog>
  );
}

function nothingSaid({ schedules }: Deployment): Said {
  const schedule = schedules[0]?.id ?? "";
  return { schedule, from: "", to: "", parameter: "", key: "backfill" };
}

function useBackfill(id: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ schedule, from, to, parameter, key }: Said) => {
      const body = {
        schedule,
        // What stands in the fields is on the clock of the browser.
        start: new Date(from).toISOString(),
        end: new Date(to).toISOString(),
        parameter: parameter === "" ? null : parameter,
        key,
        // The client's types know no field that may be left out.
      } as never;
      const params = { path: { id } };
      return answered(api.POST("/api/deployments/{id}/backfill", { params, body }));
    },
    onSuccess: () => queryClient.invalidateQueries({ queryKey: DEPLOYMENTS }),
  });
}

interface Shown {
  said: Said;
  onSay: (more: Partial<Said>) => void;
}

function Which({ deployment: { schedules }, said, onSay }: Shown & Pick<Opened, "deployment">) {
  const id = useId();
  return (
    <div className={form.field}>
      <label htmlFor={id}>For the moments of</label>
      <select
        id={id}
        value={said.schedule}
        onChange={({ target }) => onSay({ schedule: target.value })}
      >
        {schedules.map(({ id: one, rule, timezone }) => (
          <option key={one} value={one}>
            {ruleText(rule)} {timezone}
          </option>
        ))}
      </select>
    </div>
  );
}

function Span({ said, onSay, isTurned }: Shown & { isTurned: boolean }) {
  const id = useId();
  return (
    <>
      <div className={form.field}>
        <label htmlFor={`${id}from`}>From</label>
        <input
          id={`${id}from`}
          type="datetime-local"
          required
          value={said.from}
          onChange={({ target }) => onSay({ from: target.value })}
        />
      </div>
      <div className={form.field}>
        <label htmlFor={`${id}to`}>To, that moment left out</label>
        <input
          id={`${id}to`}
          type="datetime-local"
          required
          value={said.to}
          aria-invalid={isTurned || undefined}
          aria-describedby={`${id}about`}
          onChange={({ target }) => onSay({ to: target.value })}
        />
        <p id={`${id}about`} data-tone={isTurned ? "bad" : undefined} className="muted">
          {isTurned ? "It ends before it begins." : "On the clock of this browser."}
        </p>
      </div>
    </>
  );
}

function More({ deployment, said, onSay }: Shown & Pick<Opened, "deployment">) {
  const id = useId();
  const parameters = parametersOf(deployment);
  return (
    <>
      <div className={form.field}>
        <label htmlFor={`${id}parameter`}>Parameter that is set to the moment</label>
        <select
          id={`${id}parameter`}
          value={said.parameter}
          onChange={({ target }) => onSay({ parameter: target.value })}
        >
          <option value="">none: the runs know it as the time at which they were expected</option>
          {parameters.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <div className={form.field}>
        <label htmlFor={`${id}key`}>Name of the backfill</label>
        <input
          id={`${id}key`}
          value={said.key}
          required
          autoComplete="off"
          aria-describedby={`${id}again`}
          onChange={({ target }) => onSay({ key: target.value })}
        />
        <p id={`${id}again`} className="muted">
          A moment runs once under a name: under another, it runs again.
        </p>
      </div>
    </>
  );
}

interface Made extends Opened {
  said: Said;
  made: Backfilled;
}

function Done({ deployment, said, made, onClose }: Made) {
  const t = writeRange(new Date(said.from), new Date(said.to));
  const count = made.runs.length - made.known - made.again;
  return (
    <Dialog label="Backfill" onClose={onClose}>
      <p role="status">
        {count === 1 ? "1 run was made." : `${whole(count)} runs were made.`}{" "}
        {made.again > 0 && `${whole(made.again)} had been cancelled and start again. `}
        {made.known > 0 && `${whole(made.known)} were there already.`}
        {made.runs.length === 0 && "The schedule has no moment in that time."}
      </p>
      <p className={form.actions}>
        <Link to="/runs" search={{ flow: [deployment.flow], t }} onClick={onClose}>
          Runs of {deployment.flow} in that time
        </Link>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </p>
    </Dialog>
  );
}
