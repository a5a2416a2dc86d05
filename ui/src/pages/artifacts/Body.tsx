import styles from "./Body.module.css";
import type { ArtifactKind } from "./search";
import { type Table, tableOf } from "./table";

interface Shown {
  kind: ArtifactKind;
  /** JSON, as a user's program said it: nothing about it is sure. */
  body: unknown;
}

/** What an artifact shows. Text stays text: nothing in it runs or is loaded. */
export function Body({ kind, body }: Shown) {
  switch (kind) {
    case "markdown":
      return <pre className={styles.text}>{typeof body === "string" ? body : said(body)}</pre>;
    case "table":
      return <TableBody table={tableOf(body)} />;
    case "link":
      return <LinkBody body={body} />;
    case "image":
      // Images of other places are not loaded: a page here tells nobody that it is looked at.
      return <Outside address={said(body)} />;
    case "progress":
      return <ProgressBody value={Number(body)} />;
  }
}

function said(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

function TableBody({ table: { titles, rows } }: { table: Table }) {
  return (
    <div className={styles.wide} tabIndex={-1}>
      <table className={styles.table}>
        <thead>
          <tr>
            {titles.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.number}>
              {row.cells.map((cell, index) => (
                <td key={titles[index]}>{said(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LinkBody({ body }: { body: unknown }) {
  const { link, link_text: text } = (body ?? {}) as { link?: unknown; link_text?: unknown };
  return <Outside address={said(link)} text={text === null ? undefined : said(text)} />;
}

function Outside({ address, text = address }: { address: string; text?: string }) {
  // Anything else, `javascript:` above all, is shown and not followed.
  if (!/^https?:\/\//i.test(address)) return <code>{address}</code>;
  return (
    <a href={address} rel="noreferrer noopener" target="_blank">
      {text}
    </a>
  );
}

function ProgressBody({ value }: { value: number }) {
  return (
    <p>
      <progress max={100} value={value} aria-label="Progress" /> {value} %
    </p>
  );
}
