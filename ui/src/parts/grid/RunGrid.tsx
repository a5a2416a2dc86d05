import { type CSSProperties, memo, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { Grid } from "../../api/types";
import { visible } from "../../browser/visible";
import { useZone } from "../../browser/zone";
import { Go } from "../Go";
import { Icon } from "../Icon";
import { counted } from "../numbers";
import { faceOf, type Tone } from "../states";
import { duration, moment } from "../times";
import { type Cell, type Row, rowsOf, scaleOf } from "./cells";
import styles from "./RunGrid.module.css";
import { moved } from "./steps";

interface Shown {
  grid: Grid;
  /** Seconds. */
  p50: number | null;
}

/** Tasks and systems by runs. The arrows move in it, Enter opens; what is pointed at is said below. */
export function RunGrid({ grid, p50 }: Shown) {
  const rows = useMemo(() => rowsOf(grid), [grid]);
  const [said, setSaid] = useState<string | null>(null);
  const table = useRef<HTMLTableElement>(null);
  const tell = useCallback((target: EventTarget) => {
    const cell = target instanceof Element ? target.closest("[data-said]") : null;
    if (cell !== null) setSaid(cell.getAttribute("data-said"));
  }, []);
  useNewestInSight(table, grid.ids.length);
  return (
    <>
      <div className={styles.scroll}>
        <table
          ref={table}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: as ARIA's grid pattern has it
          role="grid"
          aria-label="Tasks by runs"
          className={styles.grid}
          style={{ "--runs": grid.ids.length } as CSSProperties}
          onMouseOver={({ target }) => tell(target)}
          onFocus={({ target }) => {
            keepTabHere(table.current, target);
            tell(target);
          }}
          onKeyDown={(event) => go(event.key, table.current) && event.preventDefault()}
        >
          <Durations grid={grid} p50={p50} />
          <Body rows={rows} />
        </table>
      </div>
      <p className={styles.said}>{said ?? <Hint grid={grid} />}</p>
    </>
  );
}

function Hint({ grid: { ids, expected, partial } }: { grid: Grid }) {
  const zone = useZone();
  const [first, last] = [expected[0], expected.at(-1)];
  if (first === undefined || last === undefined) return null;
  const day = (micros: number) => moment(new Date(micros / 1000), zone);
  return (
    <span className="muted">
      {counted(ids.length, "run")}, {ids.length > 1 && `${day(first)} to `}
      {day(last)}. {partial && "The oldest runs and the rows that are least used are left out. "}
      Arrow keys move, Enter opens.
    </span>
  );
}

function Durations({ grid, p50 }: Shown) {
  const { top, cuts } = scaleOf(grid);
  return (
    <thead>
      <tr className={styles.durations}>
        <th scope="row">
          Duration
          {grid.lasted.some((micros) => micros >= 0) && (
            <span className="muted" title={cuts ? "Those that took longer are cut" : undefined}>
              {" "}
              to {duration(top / 1_000_000)}
              {cuts && ", cut"}
            </span>
          )}
        </th>
        {grid.ids.map((id, at) => {
          const lasted = grid.lasted[at] ?? -1;
          const type = grid.states[grid.state[at] ?? 0] ?? "COMPLETED";
          return (
            <td key={id} data-said={visible(`${grid.names[at]}: ${lastedText(lasted, p50)}`)}>
              <Lasted tone={faceOf({ type }).tone} share={Math.max(0, lasted) / top} />
            </td>
          );
        })}
      </tr>
    </thead>
  );
}

function Lasted({ tone, share }: { tone: Tone; share: number }) {
  return (
    <span
      data-tone={tone}
      data-cut={share > 1 || undefined}
      className={styles.lasted}
      style={{ height: `${Math.min(share, 1) * 100}%` }}
    />
  );
}

function lastedText(micros: number, p50: number | null): string {
  if (micros < 0) return "not over";
  const seconds = micros / 1_000_000;
  if (p50 === null || p50 === 0) return duration(seconds);
  return `${duration(seconds)}, ${(seconds / p50).toFixed(1)} × the median`;
}

// Pointing at a cell draws the line below anew, and none of the thousands of cells.
const Body = memo(function Body({ rows }: { rows: Row[] }) {
  const run = rows.findIndex(({ key }) => key === "run");
  return (
    <tbody>
      {rows.map((row, at) => (
        <tr key={row.key} data-above={row.external || undefined} data-run={at === run || undefined}>
          <th scope="row" title={row.label}>
            <Label row={row} />
          </th>
          {row.cells.map((cell, column) => (
            <td key={cell.to} data-said={cell.said}>
              <CellLink cell={cell} first={at === run && column === row.cells.length - 1} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
});

function Label({ row: { label, to, external } }: { row: Row }) {
  if (to === null) return label;
  return (
    <Go to={to} data-tone={external ? "external" : undefined} tabIndex={-1}>
      {external && <Icon name="diamond" size={10} />} {label}
    </Go>
  );
}

function CellLink({ cell: { to, tone, icon, said }, first }: { cell: Cell; first: boolean }) {
  return (
    <Go
      to={to}
      className={styles.cell}
      data-tone={tone}
      data-cell=""
      aria-label={said}
      tabIndex={first ? 0 : -1}
    >
      {icon && <Icon name={icon} size={10} />}
    </Go>
  );
}

// --- moving in it: the document knows where the focus is, and React need not be told -------------

function cellsOf(table: HTMLTableElement): HTMLElement[][] {
  return [...table.tBodies].flatMap(({ rows }) =>
    [...rows].map((row) => [...row.querySelectorAll<HTMLElement>("[data-cell]")]),
  );
}

function go(key: string, table: HTMLTableElement | null): boolean {
  if (table === null) return false;
  const cells = cellsOf(table);
  const row = cells.findIndex((some) => some.includes(document.activeElement as HTMLElement));
  const column = cells[row]?.indexOf(document.activeElement as HTMLElement) ?? -1;
  if (column < 0) return false;
  const to = moved(key, { row, column }, { rows: cells.length, columns: cells[row]?.length ?? 0 });
  if (to === null) return false;
  cells[to.row]?.[to.column]?.focus();
  return true;
}

function keepTabHere(table: HTMLTableElement | null, target: EventTarget): void {
  if (table === null || !(target instanceof HTMLElement) || !target.matches("[data-cell]")) return;
  for (const before of table.querySelectorAll("[data-cell][tabindex='0']")) {
    before.setAttribute("tabindex", "-1");
  }
  target.setAttribute("tabindex", "0");
}

function useNewestInSight(table: React.RefObject<HTMLTableElement | null>, runs: number): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: again when there are more runs
  useEffect(() => {
    const scroll = table.current?.parentElement;
    scroll?.scrollTo({ left: scroll.scrollWidth });
  }, [table, runs]);
}
