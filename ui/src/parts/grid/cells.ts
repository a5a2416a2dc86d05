/** What the grid of a flow shows: a row for each system and task, a column for each run. */
import type { Grid, GridSystem, GridTask, StateType } from "../../api/types";
import { visible } from "../../browser/visible";
import type { IconName } from "../icons";
import { flowPath, resourcePath, runPath } from "../places";
import { faceOf, type Tone, wordOf } from "../states";
import { duration } from "../times";

export interface Cell {
  tone: Tone | "external" | "none";
  /** What went well has none: it is the ground that the rest stands out from. */
  icon: IconName | null;
  /** All that it shows, in words. */
  said: string;
  to: string;
}

export interface Row {
  key: string;
  label: string;
  /** The page of what it is about, where that has one. */
  to: string | null;
  external: boolean;
  cells: Cell[];
}

/** Beyond so many times the median, bars are cut: one that hung would flatten all others. */
const CUT = 3;

/** What the bars of durations are measured by. */
export interface Scale {
  /** µs of the highest bar. */
  top: number;
  /** Some took longer than that. */
  cuts: boolean;
}

export function scaleOf({ lasted }: Pick<Grid, "lasted">): Scale {
  const over = lasted.filter((micros) => micros >= 0).sort((one, other) => one - other);
  const longest = over.at(-1) ?? 0;
  const median = over[Math.floor(over.length / 2)] ?? 0;
  const top = Math.max(1, Math.min(longest, CUT * median));
  return { top, cuts: longest > top };
}

export function rowsOf(grid: Grid): Row[] {
  return [...grid.systems.map((one) => systemRow(grid, one)), ...runRows(grid)].map(seen);
}

function seen({ label, cells, ...row }: Row): Row {
  const shown = cells.map((cell) => ({ ...cell, said: visible(cell.said) }));
  return { ...row, label: visible(label), cells: shown };
}

function runRows(grid: Grid): Row[] {
  return [runRow(grid), ...grid.tasks.map((task) => taskRow(grid, task))];
}

function systemRow({ ids, names }: Grid, { id, kind, events, failed }: GridSystem): Row {
  const cells = events.map((count, at): Cell => {
    const said = count > 0 ? `${count} ${count === 1 ? "event" : "events"}` : "not touched";
    const touched = count > 0 ? "external" : "none";
    return {
      tone: failed[at] ? "bad" : touched,
      icon: count > 0 ? "diamond" : null,
      said: `${id}: ${said} in ${names[at]}${failed[at] ? ", which failed because of it" : ""}`,
      to: runPath(ids[at] as string),
    };
  });
  return { key: `${kind} ${id}`, label: id, to: resourcePath(id), external: true, cells };
}

function runRow(grid: Grid): Row {
  const cells = grid.ids.map((id, at): Cell => {
    const state = { type: typeAt(grid, grid.state[at]), name: grid.state_names[at] ?? "" };
    return {
      ...lookOf(state),
      said: [`${grid.names[at]}: ${state.name}`, ...lasting(grid.lasted[at])].join(", "),
      to: runPath(id),
    };
  });
  return { key: "run", label: "The run", to: null, external: false, cells };
}

function taskRow(grid: Grid, task: GridTask): Row {
  const { label, kind } = task;
  return {
    key: `${kind} ${label}`,
    label,
    to: kind === "flow-run" ? flowPath(label) : null,
    external: false,
    cells: grid.ids.map((id, at) => taskCell(grid, task, id, at)),
  };
}

function taskCell(
  grid: Grid,
  { label, state, runs, lasted, retried }: GridTask,
  id: string,
  at: number,
): Cell {
  const to = runPath(id, { q: label });
  const index = state[at] ?? -1;
  if (index < 0) {
    return { tone: "none", icon: null, said: `${label} did not run in ${grid.names[at]}`, to };
  }
  const type = typeAt(grid, index);
  const count = runs[at] ?? 1;
  const times = count > 1 ? [`the worst of ${count} runs`] : [];
  // Only of what passed in the end: that it failed says more.
  const again = type === "COMPLETED" ? (retried[at] ?? 0) : 0;
  const passed =
    again > 0 ? [again > 1 ? `${again} failed, then passed` : "failed, then passed"] : [];
  const what = `${label} in ${grid.names[at]}: ${wordOf(type)}`;
  const said = [what, ...passed, ...times, ...lasting(lasted[at])];
  return { ...(again > 0 ? RETRIED : lookOf({ type })), said: said.join(", "), to };
}

const RETRIED: Pick<Cell, "tone" | "icon"> = { tone: "warn", icon: "loop" };

function lookOf(state: { type: StateType; name?: string }): Pick<Cell, "tone" | "icon"> {
  const { tone, icon } = faceOf(state);
  return { tone, icon: tone === "ok" ? null : icon };
}

function typeAt({ states }: Grid, index: number | undefined): StateType {
  return states[index ?? 0] as StateType;
}

function lasting(micros: number | undefined): string[] {
  return micros === undefined || micros < 0 ? [] : [duration(micros / 1_000_000)];
}
