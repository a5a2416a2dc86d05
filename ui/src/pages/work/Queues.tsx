import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { answered, api } from "../../api/client";
import type { WorkQueue } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { Answer } from "../../parts/Answer";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { type Column, Rows } from "../../parts/Rows";
import { queuesQuery, WORK } from "./queries";
import { Slots } from "./Slots";

const COLUMNS: Column<WorkQueue>[] = [
  {
    title: "Queue",
    width: "minmax(70px, 2fr)",
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
    width: "minmax(56px, 1fr)",
    cell: ({ running, concurrency_limit: limit }) => <Slots taken={running} limit={limit} />,
  },
  { title: "Waiting", width: "62px", end: true, cell: ({ waiting }) => whole(waiting) },
];

const TURN: Column<WorkQueue> = {
  title: "Change",
  width: "76px",
  end: true,
  cell: (queue) => <Turn queue={queue} />,
};

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
  const columns = useMayChange() ? [...COLUMNS, TURN] : COLUMNS;
  return (
    <Card title="Queues">
      <Answer query={useQuery(queuesQuery(pool))}>
        {(queues) => <Rows label="Queues" rows={queues} columns={columns} keyOf={({ id }) => id} />}
      </Answer>
    </Card>
  );
}
