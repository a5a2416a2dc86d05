import type { ReactNode } from "react";
import { Ticked } from "../Ticked";
import type { Draft, Problems } from "./draft";
import styles from "./Form.module.css";
import type { Field } from "./schema";

/** A field as it is filled in. */
export interface Filled<D extends Draft = Draft, K extends Field["kind"] = Field["kind"]> {
  field: Extract<Field, { kind: K }>;
  draft: D;
  /** Where the field is: `auth.token`. It names what is wrong with it. */
  path: string;
  problems: Problems;
  onChange: (draft: D) => void;
}

interface Labelled {
  field: Field;
  path: string;
  problems: Problems;
  children: ReactNode;
}

/** A label, what it is for, and what is wrong with it. */
export function Labelled({ field, path, problems, children }: Labelled) {
  return (
    <div className={styles.field}>
      <label htmlFor={path}>
        {field.label || path}
        {field.required && <span className="muted"> · needed</span>}
      </label>
      {children}
      <Notes field={field} path={path} problems={problems} />
    </div>
  );
}

export function Notes({ field, path, problems }: Omit<Labelled, "children">) {
  return (
    <>
      {field.description && (
        <p id={`${path}:about`} className="muted">
          <Ticked text={field.description} />
        </p>
      )}
      {problems[path] && (
        <p id={`${path}:problem`} data-tone="bad" role="alert">
          {problems[path]}
        </p>
      )}
    </>
  );
}

/** What ties an input to its label and its notes. */
export function tied(path: string, field: Field, problems: Problems) {
  const notes = [field.description && `${path}:about`, problems[path] && `${path}:problem`];
  return {
    id: path,
    "aria-invalid": problems[path] !== undefined || undefined,
    "aria-required": field.required || undefined,
    "aria-describedby": notes.filter(Boolean).join(" ") || undefined,
  };
}
