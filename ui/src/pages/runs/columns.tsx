/** What a row of the runs shows. */

import { Link } from "@tanstack/react-router";
import type { Run } from "../../api/types";
import { visible } from "../../browser/visible";
import { inLine } from "../../parts/errors";
import { Middle } from "../../parts/Middle";
import { runPath } from "../../parts/places";
import type { Column } from "../../parts/Rows";
import { StateBadge } from "../../parts/StateBadge";
import { Ago } from "../../parts/Time";
import { Took } from "../../parts/Took";

export const COLUMNS: Column<Run>[] = [
  { title: "State", width: "104px", cell: ({ state }) => <StateBadge state={state} /> },
  {
    title: "Run",
    width: "minmax(0, 1.2fr)",
    main: true,
    cell: ({ id, name }) => (
      <Link to={runPath(id)}>
        <Middle text={visible(name)} />
      </Link>
    ),
  },
  {
    title: "Flow",
    width: "minmax(0, 1fr)",
    wide: true,
    cell: ({ flow }) => flow !== null && <FilterLink flow={[flow]}>{flow}</FilterLink>,
  },
  {
    title: "Message",
    width: "minmax(0, 2fr)",
    wide: true,
    cell: ({ state }) => (
      <span className="muted" title={state.message ? visible(state.message) : undefined}>
        {state.message && inLine(state.message)}
      </span>
    ),
  },
  {
    title: "Tags",
    width: "minmax(0, 0.6fr)",
    wide: true,
    cell: ({ tags }) =>
      tags.map((tag) => <FilterLink key={tag} tag={[tag]}>{`${tag} `}</FilterLink>),
  },
  {
    title: "Attempts",
    width: "62px",
    wide: true,
    end: true,
    cell: ({ attempts }) => (attempts > 1 ? attempts : null),
  },
  {
    title: "Took",
    width: "64px",
    wide: true,
    end: true,
    cell: (run) => <Took run={run} />,
  },
  {
    title: "Began",
    width: "64px",
    end: true,
    cell: (run) => <Ago at={run.started ?? run.expected} />,
  },
];

interface Filter {
  flow?: string[];
  tag?: string[];
  children: string;
}

function FilterLink({ children, ...filter }: Filter) {
  return (
    <Link to="/runs" search={(before) => ({ ...before, ...filter })} className="muted">
      {visible(children)}
    </Link>
  );
}
