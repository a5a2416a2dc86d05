import { Link } from "@tanstack/react-router";
import type { Worker } from "../../api/types";
import { Command } from "../../parts/Command";
import { Icon } from "../../parts/Icon";
import type { IconName } from "../../parts/icons";
import { ResourceLink } from "../../parts/ResourceLink";
import { type Column, Rows } from "../../parts/Rows";
import { Ago } from "../../parts/Time";
import { Slots } from "./Slots";

const LOOKS: Record<Worker["status"], [tone: string, icon: IconName]> = {
  online: ["ok", "dot"],
  draining: ["warn", "clock"],
  offline: ["idle", "circle"],
};

const POOL: Column<Worker> = {
  title: "Work pool",
  width: "minmax(60px, 1fr)",
  cell: ({ pool }) => (
    <Link to="/work-pools/$name" params={{ name: pool }}>
      {pool}
    </Link>
  ),
};

const COLUMNS: Column<Worker>[] = [
  { title: "State", width: "90px", cell: ({ status }) => <Status status={status} /> },
  {
    title: "Worker",
    width: "minmax(60px, 2fr)",
    cell: ({ id, name }) => <ResourceLink id={`peninsula.worker.${id}`} name={name} />,
  },
  { title: "Host", width: "minmax(80px, 1fr)", wide: true, cell: ({ host }) => host },
  {
    title: "Running",
    width: "minmax(70px, 1fr)",
    wide: true,
    cell: ({ running, limit }) => <Slots taken={running} limit={limit} />,
  },
  { title: "Version", width: "80px", wide: true, cell: ({ version }) => version },
  { title: "Heard of", width: "76px", end: true, cell: (one) => <Ago at={one.last_heartbeat} /> },
];

function Status({ status }: { status: Worker["status"] }) {
  const [tone, icon] = LOOKS[status];
  return (
    <span data-tone={tone}>
      <Icon name={icon} size={10} /> {status}
    </span>
  );
}

interface Listed {
  workers: readonly Worker[];
  /** Of several pools. */
  ofMany?: boolean;
}

/** Processes that take runs, as they last told of themselves. */
export function Workers({ workers, ofMany = false }: Listed) {
  if (workers.length === 0) {
    return (
      <>
        <p className="muted">No worker has been here: runs wait until one is.</p>
        <Command text="peninsula worker start --pool NAME" />
      </>
    );
  }
  const columns = ofMany ? [...COLUMNS.slice(0, 2), POOL, ...COLUMNS.slice(2)] : COLUMNS;
  return <Rows label="Workers" rows={workers} columns={columns} keyOf={({ id }) => id} />;
}
