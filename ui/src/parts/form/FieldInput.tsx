import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
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
  type SwitchDraft,
  type TextDraft,
} from "./draft";
import styles from "./Form.module.css";
import { Choice, Secret, Switch, Text } from "./inputs";
import { type Filled, Labelled, Notes, tied } from "./Labelled";
import type { Field } from "./schema";

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
      return <Switch {...(filled as Filled<SwitchDraft, "boolean">)} />;
    case "secret":
      return <Secret {...(filled as Filled<SecretDraft, "secret">)} />;
    case "choice":
      return <Choice {...(filled as Filled<TextDraft, "choice">)} />;
    case "list":
      return <List {...(filled as Filled<ListDraft, "list">)} />;
    case "group":
      return <GroupInput {...(filled as Filled<GroupDraft, "group">)} />;
    case "block":
      return <Nested {...(filled as Filled<BlockDraft, "block">)} />;
    default:
      return <Text {...(filled as Filled<TextDraft, "text" | "number" | "decimal" | "json">)} />;
  }
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
      {!field.required && (field.nullable || field.initial === undefined) && (
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
      ...draft,
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
            onClick={() => onChange({ ...draft, items: items.filter((_, place) => place !== at) })}
          >
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        className={styles.add}
        onClick={() => onChange({ ...draft, items: [...items, itemOf(item, item.initial)] })}
      >
        Add to {field.label}
      </button>
    </fieldset>
  );
}
