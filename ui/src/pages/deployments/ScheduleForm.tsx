import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useDeferredValue, useId, useState } from "react";
import { answered, api } from "../../api/client";
import { isRecord, readJson, writeJson } from "../../api/exact";
import type { Schedule } from "../../api/types";
import { Choice } from "../../parts/Choice";
import form from "../../parts/form/Form.module.css";
import { FormDialog } from "../../parts/form/FormDialog";
import { Ago, Time } from "../../parts/Time";
import styles from "./Deployments.module.css";
import { DEPLOYMENTS, previewQuery } from "./queries";
import { KINDS, type Kind, type Rule, readRule, typedRule } from "./rules";

interface Edited {
  deployment: string;
  /** The one that is changed; without it a new one is made. */
  schedule?: Schedule;
  onClose: () => void;
}

const EXAMPLES: Record<Kind, string> = {
  cron: "0 2 * * *",
  interval: "1h 30m",
  rrule: "FREQ=WEEKLY;BYDAY=MO,WE;BYHOUR=6;BYMINUTE=0",
};

const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone;

const CATCHUPS = ["none", "latest", "all"] as const;

/** What someone has said so far of a schedule. */
interface Said {
  kind: Kind;
  text: string;
  timezone: string;
  catchup: Schedule["catchup"];
  /** Seconds. */
  jitter: string;
  /** JSON: they go before those of the deployment. */
  parameters: string;
}

/** Give a deployment a schedule, or change one; it says when that would have it run. */
export function ScheduleForm({ deployment, schedule, onClose }: Edited) {
  const [said, setSaid] = useState(() => saidOf(schedule));
  const say = (more: Partial<Said>) => setSaid((before) => ({ ...before, ...more }));
  const rule = readRule(said.kind, said.text, schedule?.rule);
  const save = useSaved(deployment, schedule, onClose);
  const parameters = readParameters(said.parameters);
  const wanted = rule !== null && parameters !== null ? { rule, said, parameters } : null;
  const does = schedule === undefined ? "Add the schedule" : "Save the schedule";
  return (
    <FormDialog
      title={does}
      does={does}
      done={save}
      isUnready={wanted === null}
      onSubmit={() => wanted !== null && save.mutate(wanted)}
      onClose={onClose}
    >
      <RuleFields said={said} onSay={say} />
      <Preview rule={rule} timezone={said.timezone} />
      <More said={said} onSay={say} />
    </FormDialog>
  );
}

function saidOf(schedule: Schedule | undefined): Said {
  if (schedule === undefined) {
    const nothing = { text: "", jitter: "0", parameters: "" };
    return { ...nothing, kind: "cron", timezone: HERE, catchup: "none" };
  }
  const { rule, timezone, catchup, jitter, parameters } = schedule;
  const isSet = Object.keys(parameters).length > 0;
  return {
    kind: rule.kind,
    text: typedRule(rule),
    timezone,
    catchup,
    jitter: String(jitter),
    parameters: isSet ? writeJson(parameters) : "",
  };
}

type Parameters = Schedule["parameters"];

/** Null: what is typed is none. */
function readParameters(text: string): Parameters | null {
  if (text.trim() === "") return {};
  try {
    const read: unknown = readJson(text);
    return isRecord(read) ? (read as Parameters) : null;
  } catch {
    return null;
  }
}

interface Wanted {
  rule: Rule;
  said: Said;
  parameters: Parameters;
}

function useSaved(deployment: string, schedule: Schedule | undefined, onDone: () => void) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: ({ rule, said: { timezone, catchup, jitter }, parameters }: Wanted) => {
      const body = { rule, timezone, catchup, jitter: Number(jitter), parameters };
      if (schedule !== undefined) {
        const params = { path: { id: schedule.id } };
        return answered(api.POST("/api/schedules/{id}", { params, body }));
      }
      const params = { path: { id: deployment } };
      const made = { ...body, active: true, slug: null };
      return answered(api.POST("/api/deployments/{id}/schedules", { params, body: made }));
    },
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: DEPLOYMENTS });
      onDone();
    },
  });
}

interface Shown {
  said: Said;
  onSay: (more: Partial<Said>) => void;
}

function RuleFields({ said, onSay }: Shown) {
  const id = useId();
  return (
    <>
      <Choice
        label="Kind of rule"
        choices={KINDS}
        value={said.kind}
        onChoose={(kind) => onSay({ kind, text: "" })}
      />
      <div className={form.field}>
        <label htmlFor={`${id}rule`}>Rule</label>
        <input
          id={`${id}rule`}
          value={said.text}
          placeholder={EXAMPLES[said.kind]}
          autoComplete="off"
          spellCheck={false}
          onChange={({ target }) => onSay({ text: target.value })}
        />
      </div>
      <div className={form.field}>
        <label htmlFor={`${id}zone`}>Time zone</label>
        <select
          id={`${id}zone`}
          value={said.timezone}
          onChange={({ target }) => onSay({ timezone: target.value })}
        >
          {zonesWith(said.timezone).map((zone) => (
            <option key={zone} value={zone}>
              {zone.replaceAll("_", " ")}
            </option>
          ))}
        </select>
      </div>
    </>
  );
}

/** UTC and that of this browser first; one that the browser does not know stays what it is. */
function zonesWith(chosen: string): string[] {
  return [...new Set(["UTC", HERE, chosen, ...Intl.supportedValuesOf("timeZone")])];
}

/** When it would run: what was typed, and what was meant. */
function Preview({ rule, timezone }: { rule: Rule | null; timezone: string }) {
  const written = JSON.stringify([rule, timezone]);
  const [asked, zone] = JSON.parse(useDeferredValue(written)) as [Rule | null, string];
  const { data, error } = useQuery(previewQuery(asked, zone));
  if (rule === null) return <p className="muted">It would run …</p>;
  if (error) {
    return (
      <p data-tone="bad" role="alert">
        {error.message}
      </p>
    );
  }
  return (
    <ul className={styles.moments} aria-label="It would run">
      {data?.map((at) => (
        <li key={at}>
          <Time at={at} /> <Ago at={at} />
        </li>
      ))}
    </ul>
  );
}

function More({ said, onSay }: Shown) {
  const id = useId();
  const isWrong = readParameters(said.parameters) === null;
  return (
    <>
      <div className={form.field}>
        <label htmlFor={`${id}catchup`}>Times that passed while no server was there</label>
        <select
          id={`${id}catchup`}
          value={said.catchup}
          onChange={({ target }) => onSay({ catchup: target.value as Said["catchup"] })}
        >
          {CATCHUPS.map((one) => (
            <option key={one} value={one}>
              {one === "none" ? "are skipped" : one === "latest" ? "the latest runs" : "all run"}
            </option>
          ))}
        </select>
      </div>
      <div className={form.field}>
        <label htmlFor={`${id}parameters`}>Parameters</label>
        <textarea
          id={`${id}parameters`}
          rows={2}
          value={said.parameters}
          placeholder='{"day": "today"}'
          spellCheck={false}
          aria-describedby={`${id}problem`}
          onChange={({ target }) => onSay({ parameters: target.value })}
        />
        <p id={`${id}problem`} data-tone={isWrong ? "bad" : undefined} className="muted">
          {isWrong ? "This is no JSON object." : "JSON. They go before those of the deployment."}
        </p>
      </div>
      <div className={form.field}>
        <label htmlFor={`${id}jitter`}>Seconds by which it may be later, by chance</label>
        <input
          id={`${id}jitter`}
          type="number"
          min={0}
          max={86_400}
          value={said.jitter}
          onChange={({ target }) => onSay({ jitter: target.value })}
        />
      </div>
    </>
  );
}
