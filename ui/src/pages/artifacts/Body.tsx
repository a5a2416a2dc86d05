import { lazy, Suspense } from "react";
import { isNumber, writeJson } from "../../api/exact";
import { visible } from "../../browser/visible";
import { whole } from "../../parts/numbers";
import styles from "./Body.module.css";
import { Image, Outside } from "./Outside";
import type { ArtifactKind } from "./search";
import { type Table, tableOf } from "./table";

// What reads Markdown is half as large as React: it comes with the first text that is shown.
const Markdown = lazy(async () => ({ default: (await import("./Markdown")).Markdown }));

/** Rows of a table that are drawn: the browser lays out all of them at once. */
const MOST_ROWS = 1_000;

interface Shown {
  kind: ArtifactKind;
  /** JSON, as a user's program said it: nothing about it is sure. */
  body: unknown;
}

/** What an artifact shows. Nothing in it runs, and nothing of other places is loaded. */
export function Body({ kind, body }: Shown) {
  switch (kind) {
    case "markdown":
      return <Text text={said(body)} />;
    case "table":
      return <TableBody table={tableOf(body)} />;
    case "link":
      return <LinkBody body={body} />;
    case "image":
      return (
        <p>
          <Image address={said(body)} />
        </p>
      );
    case "progress":
      return <ProgressBody value={Number(body)} />;
  }
}

/** A text in Markdown; as it was written until it has been read. */
export function Text({ text }: { text: string }) {
  return (
    <Suspense fallback={<pre className={styles.text}>{visible(text)}</pre>}>
      <Markdown text={text} />
    </Suspense>
  );
}

function said(value: unknown): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : writeJson(value);
}

/** Columns of numbers have their digits below each other. */
function sideOf(cell: unknown): "end" | undefined {
  return isNumber(cell) ? "end" : undefined;
}

function TableBody({ table: { titles, rows } }: { table: Table }) {
  return (
    <>
      <div className={styles.wide} tabIndex={-1}>
        <table className={styles.table}>
          <thead>
            <tr>
              {titles.map((title, index) => (
                <th key={title} scope="col" data-side={sideOf(rows[0]?.cells[index])}>
                  {visible(title)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, MOST_ROWS).map((row) => (
              <tr key={row.number}>
                {row.cells.map((cell, index) => (
                  <td key={titles[index]} data-side={sideOf(cell)}>
                    {visible(said(cell))}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > MOST_ROWS && (
        <p className="muted">
          The first {whole(MOST_ROWS)} of {whole(rows.length)} rows.
        </p>
      )}
    </>
  );
}

function LinkBody({ body }: { body: unknown }) {
  const { link, link_text: text } = (body ?? {}) as { link?: unknown; link_text?: unknown };
  return <Outside address={said(link)}>{text == null ? undefined : visible(said(text))}</Outside>;
}

function ProgressBody({ value }: { value: number }) {
  if (Number.isNaN(value)) return null;
  return (
    <p>
      <progress max={100} value={value} aria-label="Progress" /> {value} %
    </p>
  );
}
