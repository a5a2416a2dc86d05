import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answered, api } from "../../api/client";
import type { WorkQueue } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { type Column, Rows } from "../../parts/Rows";
import { LimitForm } from "./LimitForm";
import { queuesQuery, WORK } from "./queries";
import { Slots } from "./Slots";
import styles from "./Work.module.css";

const COLUMNS: Column<WorkQueue>[] = [
  {
    title: "Queue",
    width: "minmax(56px, 2fr)",
    cell: ({ name, paused }) => (
      <>
        {name}
        {paused && (
          <span data-tone="warn">
            {" "}
            <Icon name="pause" size={10} /> paused
          </span>
        )}
      </>
    ),
  },
  {
    title: "Priority",
    width: "62px",
    wide: true,
    end: true,
    cell: ({ priority }) => whole(priority),
  },
  {
    title: "Running",
    width: "minmax(50px, 1fr)",
    end: true,
    cell: ({ running, concurrency_limit: limit }) => <Slots taken={running} limit={limit} />,
  },
  { title: "Waiting", width: "54px", end: true, cell: ({ waiting }) => whole(waiting) },
];

const CHANGE: Column<WorkQueue> = {
  title: "Change",
  width: "136px",
  end: true,
  cell: (queue) => (
    <span className={styles.beside}>
      <Limit queue={queue} />
      <Turn queue={queue} />
    </span>
  ),
};

function Limit({ queue }: { queue: WorkQueue }) {
  const [edits, setEdits] = useState(false);
  const params = { path: { name: queue.pool, queue: queue.name } };
  return (
    <>
      <button type="button" aria-label={`Change ${queue.name}`} onClick={() => setEdits(true)}>
        Change
      </button>
      {edits && (
        <LimitForm
          title={`Queue ${queue.name}`}
          limits={{ concurrency_limit: queue.concurrency_limit, priority: queue.priority }}
          save={(body) =>
            answered(api.POST("/api/work-pools/{name}/queues/{queue}", { params, body }))
          }
          onClose={() => setEdits(false)}
        />
      )}
    </>
  );
}

function Turn({ queue: { pool: name, name: queue, paused } }: { queue: WorkQueue }) {
  const queryClient = useQueryClient();
  const turn = useMutation({
    mutationFn: () => {
      const params = { path: { name, queue } };
      const body = { paused: !paused };
      return answered(api.POST("/api/work-pools/{name}/queues/{queue}", { params, body }));
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: WORK }),
  });
  return (
    <button
      type="button"
      disabled={turn.isPending}
      aria-label={`${paused ? "Resume" : "Pause"} ${queue}`}
      title={turn.error?.message}
      onClick={() => turn.mutate()}
    >
      {paused ? "Resume" : "Pause"}
    </button>
  );
}

/** The queues of a pool; what is taken from first stands first. */
export function Queues({ pool }: { pool: string }) {
  const columns = useMayChange() ? [...COLUMNS, CHANGE] : COLUMNS;
  return (
    <Card title="Queues">
      <Answer query={useQuery(queuesQuery(pool))}>
        {(queues) => <Rows label="Queues" rows={queues} columns={columns} keyOf={({ id }) => id} />}
      </Answer>
    </Card>
  );
}
