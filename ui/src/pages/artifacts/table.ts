/** The body of a table artifact as titles and rows, whichever way it was given. */
import { isRecord } from "../../api/exact";

export interface Table {
  titles: string[];
  rows: { number: number; cells: unknown[] }[];
}

/** A list of objects, a list of lists, or an object of columns. */
export function tableOf(body: unknown): Table {
  if (Array.isArray(body)) return ofRows(body);
  if (isRecord(body)) return ofColumns(body);
  return { titles: [], rows: [] };
}

function ofRows(rows: unknown[]): Table {
  const titles = [
    ...new Set(rows.flatMap((row) => (isRecord(row) ? Object.keys(row) : numbers(row)))),
  ];
  return {
    titles,
    rows: rows.map((row, number) => ({
      number,
      cells: titles.map((title) => (isRecord(row) ? row[title] : list(row)[Number(title) - 1])),
    })),
  };
}

function ofColumns(columns: Record<string, unknown>): Table {
  const titles = Object.keys(columns);
  const most = Math.max(0, ...titles.map((title) => list(columns[title]).length));
  return {
    titles,
    rows: Array.from({ length: most }, (_, number) => ({
      number,
      cells: titles.map((title) => list(columns[title])[number]),
    })),
  };
}

function numbers(row: unknown): string[] {
  return list(row).map((_, index) => String(index + 1));
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
