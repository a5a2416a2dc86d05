import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api } from "../../api/client";
import { writeJson } from "../../api/exact";
import type { Deployment, Schedule } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { Ask } from "../../parts/Ask";
import { Card } from "../../parts/Card";
import { Problem } from "../../parts/Problem";
import { Ago } from "../../parts/Time";
import { duration } from "../../parts/times";
import { BackfillForm } from "./BackfillForm";
import styles from "./Deployments.module.css";
import { DEPLOYMENTS } from "./queries";
import { ruleText } from "./rules";
import { ScheduleForm } from "./ScheduleForm";

/** Its schedules: each can be turned off and on, changed and taken away; one more can be given. */
export function Schedules({ deployment }: { deployment: Deployment }) {
  const mayChange = useMayChange();
  const [edited, edit] = useState<Schedule | "new" | null>(null);
  const [backfills, setBackfills] = useState(false);
  return (
    <Card
      title="Schedules"
      actions={
        mayChange && (
          <span className={styles.actions}>
            {deployment.schedules.length > 0 && (
              <button type="button" onClick={() => setBackfills(true)}>
                Backfill
              </button>
            )}
            <button type="button" onClick={() => edit("new")}>
              Add a schedule
            </button>
          </span>
        )
      }
    >
      {deployment.schedules.length === 0 && (
        <p className="muted">It has none: it runs when someone asks for it.</p>
      )}
      <ul className={styles.schedules}>
        {deployment.schedules.map((schedule) => (
          <li key={schedule.id}>
            <Said schedule={schedule} />
            {mayChange && <Actions schedule={schedule} onEdit={() => edit(schedule)} />}
          </li>
        ))}
      </ul>
      {edited && (
        <ScheduleForm
          deployment={deployment.id}
          schedule={edited === "new" ? undefined : edited}
          onClose={() => edit(null)}
        />
      )}
      {backfills && <BackfillForm deployment={deployment} onClose={() => setBackfills(false)} />}
    </Card>
  );
}

const CATCHUP: Record<Schedule["catchup"], string | null> = {
  none: null,
  latest: "the latest missed one runs",
  all: "all missed ones run",
};

function Said({ schedule }: { schedule: Schedule }) {
  const { rule, timezone, active, next, catchup, jitter, slug, parameters } = schedule;
  const more = [
    timezone,
    slug,
    CATCHUP[catchup],
    jitter > 0 && `up to ${duration(jitter)} later`,
    Object.keys(parameters).length > 0 && writeJson(parameters),
  ].filter(Boolean);
  return (
    <div className={styles.said} data-off={!active || undefined}>
      <code>{ruleText(rule)}</code> <span className="muted">{more.join(" · ")}</span>{" "}
      {active && next ? <Ago at={next} /> : <span className="muted">{active ? "" : "off"}</span>}
    </div>
  );
}

function Actions({ schedule, onEdit }: { schedule: Schedule; onEdit: () => void }) {
  const queryClient = useQueryClient();
  const params = { path: { id: schedule.id } };
  const refresh = () => queryClient.invalidateQueries({ queryKey: DEPLOYMENTS });
  const turn = useMutation({
    mutationFn: () =>
      answered(api.POST("/api/schedules/{id}", { params, body: { active: !schedule.active } })),
    onSettled: refresh,
  });
  const remove = async () => {
    await answered(api.DELETE("/api/schedules/{id}", { params }));
    await refresh();
  };
  return (
    <div className={styles.actions}>
      {turn.error && <Problem error={turn.error} />}
      <button type="button" disabled={turn.isPending} onClick={() => turn.mutate()}>
        {schedule.active ? "Turn off" : "Turn on"}
      </button>
      <button type="button" onClick={onEdit}>
        Change
      </button>
      <Ask button="Remove" does="Remove the schedule" keeps="Keep it" act={remove}>
        <p>
          Remove <code>{ruleText(schedule.rule)}</code>? The run that it made ahead does not run.
        </p>
      </Ask>
    </div>
  );
}
