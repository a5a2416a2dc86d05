import type { Run } from "../api/types";
import { visible } from "../browser/visible";
import { inLine } from "./errors";
import { Go } from "./Go";
import { Middle } from "./Middle";
import { runPath } from "./places";
import { type Column, Rows } from "./Rows";
import { StateBadge } from "./StateBadge";
import { Ago } from "./Time";
import { Took } from "./Took";

const COLUMNS: Column<Run>[] = [
  { title: "State", width: "110px", cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: "Run",
    width: "minmax(0, 1fr)",
    main: true,
    cell: ({ id, name }) => (
      <Go to={runPath(id)}>
        <Middle text={visible(name)} />
      </Go>
    ),
  },
  {
    title: "Message",
    width: "minmax(0, 2fr)",
    wide: true,
    cell: ({ state: { message } }) => (
      <span className="muted" title={message ? visible(message) : undefined}>
        {message && inLine(message)}
      </span>
    ),
  },
  {
    title: "Took",
    width: "70px",
    wide: true,
    end: true,
    cell: (run) => <Took run={run} />,
  },
  {
    title: "Began",
    width: "70px",
    end: true,
    cell: ({ started, expected }) => <Ago at={started ?? expected} />,
  },
];

/** Runs of one flow, a line each. */
export function RunRows({ rows, onEnd }: { rows: readonly Run[]; onEnd: () => void }) {
  return <Rows label="Runs" rows={rows} columns={COLUMNS} keyOf={({ id }) => id} onEnd={onEnd} />;
}
