import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Ticked } from "../Ticked";
import { choicesQuery } from "./choices";
import {
  type BlockDraft,
  type Draft,
  type GroupDraft,
  itemOf,
  type ListDraft,
  OWN,
  type Problems,
  type SecretDraft,
} from "./draft";
import styles from "./Form.module.css";
import type { Field } from "./schema";

interface Filled<D extends Draft = Draft, K extends Field["kind"] = Field["kind"]> {
  field: Extract<Field, { kind: K }>;
  draft: D;
  /** Where the field is: `auth.token`. It names what is wrong with it. */
  path: string;
  problems: Problems;
  onChange: (draft: D) => void;
}

interface Group {
  fields: readonly Field[];
  drafts: Record<string, Draft>;
  path?: string;
  problems: Problems;
  onChange: (drafts: Record<string, Draft>) => void;
}

/** Fields, one below the other. */
export function FieldInputs({ fields, drafts, path = "", problems, onChange }: Group) {
  return fields.map((field) => (
    <FieldInput
      key={field.name}
      field={field}
      draft={drafts[field.name] as Draft}
      path={path === "" ? field.name : `${path}.${field.name}`}
      problems={problems}
      onChange={(draft) => onChange({ ...drafts, [field.name]: draft })}
    />
  ));
}

/** One field by its kind. */
function FieldInput(filled: Filled): ReactNode {
  switch (filled.field.kind) {
    case "boolean":
      return <Switch {...(filled as Filled<boolean, "boolean">)} />;
    case "secret":
      return <Secret {...(filled as Filled<SecretDraft, "secret">)} />;
    case "choice":
      return <Choice {...(filled as Filled<string, "choice">)} />;
    case "list":
      return <List {...(filled as Filled<ListDraft, "list">)} />;
    case "group":
      return <GroupInput {...(filled as Filled<GroupDraft, "group">)} />;
    case "block":
      return <Nested {...(filled as Filled<BlockDraft, "block">)} />;
    default:
      return <Text {...(filled as Filled<string, "text" | "number" | "json">)} />;
  }
}

interface Labelled {
  field: Field;
  path: string;
  problems: Problems;
  children: ReactNode;
}

/** A label, what it is for, and what is wrong with it. */
function Labelled({ field, path, problems, children }: Labelled) {
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

function Notes({ field, path, problems }: Omit<Labelled, "children">) {
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
function tied(path: string, field: Field, problems: Problems) {
  const notes = [field.description && `${path}:about`, problems[path] && `${path}:problem`];
  return {
    id: path,
    "aria-invalid": problems[path] !== undefined || undefined,
    "aria-required": field.required || undefined,
    "aria-describedby": notes.filter(Boolean).join(" ") || undefined,
  };
}

function Text({
  field,
  draft,
  path,
  problems,
  onChange,
}: Filled<string, "text" | "number" | "json">) {
  const long = field.kind === "json" || (field.kind === "text" && field.long);
  const common = {
    ...tied(path, field, problems),
    value: draft,
    spellCheck: false,
    autoComplete: "off",
  };
  return (
    <Labelled field={field} path={path} problems={problems}>
      {long ? (
        <textarea
          {...common}
          rows={Math.min(8, Math.max(2, draft.split("\n").length))}
          placeholder={field.kind === "json" ? "JSON" : undefined}
          onChange={({ target }) => onChange(target.value)}
        />
      ) : (
        <input
          {...common}
          type={isDay(field, draft) ? "date" : "text"}
          inputMode={field.kind === "number" ? "decimal" : undefined}
          placeholder={
            field.kind === "text" && field.format === "date-time"
              ? "2026-01-31T02:13:00Z"
              : undefined
          }
          onChange={({ target }) => onChange(target.value)}
        />
      )}
    </Labelled>
  );
}

/** A day is chosen from a calendar, unless something stands there that no calendar has. */
function isDay(field: Field, draft: string): boolean {
  const takesDays = field.kind === "text" && field.format === "date";
  return takesDays && (draft === "" || /^\d{4}-\d{2}-\d{2}$/.test(draft));
}

function Switch({ field, draft, path, problems, onChange }: Filled<boolean, "boolean">) {
  return (
    <div className={styles.field}>
      <label className={styles.check}>
        <input
          {...tied(path, { ...field, required: false }, problems)}
          type="checkbox"
          checked={draft}
          onChange={({ target }) => onChange(target.checked)}
        />{" "}
        {field.label}
      </label>
      <Notes field={field} path={path} problems={problems} />
    </div>
  );
}

function Choice({ field, draft, path, problems, onChange }: Filled<string, "choice">) {
  return (
    <Labelled field={field} path={path} problems={problems}>
      <select
        {...tied(path, field, problems)}
        value={draft}
        onChange={({ target }) => onChange(target.value)}
      >
        {(draft === "" || !field.required) && <option value="">–</option>}
        {field.choices.map((choice) => (
          <option key={JSON.stringify(choice)} value={JSON.stringify(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** A secret: that it is set is said, what it is never. */
function Secret({ field, draft, path, problems, onChange }: Filled<SecretDraft, "secret">) {
  const isSet = draft.set === path;
  return (
    <Labelled field={field} path={path} problems={problems}>
      <span className={styles.beside}>
        <input
          {...tied(path, field, problems)}
          type="password"
          autoComplete="new-password"
          placeholder={
            isSet ? "set: stays unless you type another" : field.json ? "JSON" : undefined
          }
          value={draft.text}
          onChange={({ target }) => onChange({ ...draft, text: target.value })}
        />
        {isSet && !field.required && (
          <button
            type="button"
            aria-label={`Remove ${field.label}`}
            onClick={() => onChange({ text: "", set: null })}
          >
            Remove
          </button>
        )}
      </span>
    </Labelled>
  );
}

/** A block that is nested here: one that is saved, or fields of its own. */
function Nested({ field, draft, path, problems, onChange }: Filled<BlockDraft, "block">) {
  const { data: blocks = [] } = useQuery(choicesQuery(field.type));
  const isKnown = ["", OWN].includes(draft.chosen) || blocks.some(({ id }) => id === draft.chosen);
  return (
    <>
      <Labelled field={field} path={path} problems={problems}>
        <select
          {...tied(path, field, problems)}
          value={draft.chosen}
          onChange={({ target }) => onChange({ ...draft, chosen: target.value })}
        >
          <option value="">–</option>
          {!isKnown && <option value={draft.chosen}>the one that is there now</option>}
          {blocks.map(({ id, name }) => (
            <option key={id} value={id}>
              {field.type}/{name}
            </option>
          ))}
          <option value={OWN}>fields of its own</option>
        </select>
      </Labelled>
      {draft.chosen === OWN && (
        <fieldset className={styles.group}>
          <legend className="spoken">{field.label}</legend>
          <FieldInputs
            fields={field.fields}
            drafts={draft.own}
            path={path}
            problems={problems}
            onChange={(own) => onChange({ ...draft, own })}
          />
        </fieldset>
      )}
    </>
  );
}

function GroupInput({ field, draft, path, problems, onChange }: Filled<GroupDraft, "group">) {
  return (
    <fieldset className={styles.group}>
      <legend>{field.label}</legend>
      <Notes field={field} path={path} problems={problems} />
      {!field.required && field.nullable && (
        <label className={styles.check}>
          <input
            type="checkbox"
            checked={draft.there}
            onChange={({ target }) => onChange({ ...draft, there: target.checked })}
          />{" "}
          Set {field.label}
        </label>
      )}
      {draft.there && (
        <FieldInputs
          fields={field.fields}
          drafts={draft.own}
          path={path}
          problems={problems}
          onChange={(own) => onChange({ ...draft, own })}
        />
      )}
    </fieldset>
  );
}

function List({ field, draft, path, problems, onChange }: Filled<ListDraft, "list">) {
  const { items } = draft;
  const { item } = field;
  const put = (at: number, one: Draft) =>
    onChange({
      items: items.map((each, place) => (place === at ? { ...each, draft: one } : each)),
    });
  return (
    <fieldset className={styles.group}>
      <legend>{field.label}</legend>
      <Notes field={field} path={path} problems={problems} />
      {items.map(({ key, draft: one }, at) => (
        <div key={key} className={styles.item}>
          <FieldInput
            field={{ ...item, label: `${field.label} ${at + 1}` }}
            draft={one}
            path={`${path}.${at}`}
            problems={problems}
            onChange={(changed) => put(at, changed)}
          />
          <button
            type="button"
            aria-label={`Remove ${field.label} ${at + 1}`}
            onClick={() => onChange({ items: items.filter((_, place) => place !== at) })}
          >
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        className={styles.add}
        onClick={() => onChange({ items: [...items, itemOf(item, item.initial)] })}
      >
        Add to {field.label}
      </button>
    </fieldset>
  );
}
