/** Inputs for one value each. */
import { writeJson } from "../../api/exact";
import type { SecretDraft, SwitchDraft, TextDraft } from "./draft";
import styles from "./Form.module.css";
import { type Filled, Labelled, Notes, tied } from "./Labelled";
import type { Field } from "./schema";

export function Text({
  field,
  draft,
  path,
  problems,
  onChange,
}: Filled<TextDraft, "text" | "number" | "decimal" | "json">) {
  const { text } = draft;
  const long = field.kind === "json" || (field.kind === "text" && field.long);
  const common = {
    ...tied(path, field, problems),
    value: text,
    spellCheck: false,
    autoComplete: "off",
  };
  return (
    <Labelled field={field} path={path} problems={problems}>
      {long ? (
        <textarea
          {...common}
          rows={Math.min(8, Math.max(2, text.split("\n").length))}
          placeholder={field.kind === "json" ? "JSON" : undefined}
          onChange={({ target }) => onChange({ ...draft, text: target.value })}
        />
      ) : (
        <input
          {...common}
          type={isDay(field, text) ? "date" : "text"}
          inputMode={["number", "decimal"].includes(field.kind) ? "decimal" : undefined}
          placeholder={
            field.kind === "text" && field.format === "date-time"
              ? "2026-01-31T02:13:00Z"
              : undefined
          }
          onChange={({ target }) => onChange({ ...draft, text: target.value })}
        />
      )}
    </Labelled>
  );
}

/** A day is chosen from a calendar, unless something stands there that no calendar has. */
function isDay(field: Field, text: string): boolean {
  const takesDays = field.kind === "text" && field.format === "date";
  return takesDays && (text === "" || /^\d{4}-\d{2}-\d{2}$/.test(text));
}

export function Switch({ field, draft, path, problems, onChange }: Filled<SwitchDraft, "boolean">) {
  return (
    <div className={styles.field}>
      <label className={styles.check}>
        <input
          {...tied(path, { ...field, required: false }, problems)}
          type="checkbox"
          checked={draft.on}
          onChange={({ target }) => onChange({ ...draft, on: target.checked })}
        />{" "}
        {field.label}
      </label>
      <Notes field={field} path={path} problems={problems} />
    </div>
  );
}

export function Choice({ field, draft, path, problems, onChange }: Filled<TextDraft, "choice">) {
  return (
    <Labelled field={field} path={path} problems={problems}>
      <select
        {...tied(path, field, problems)}
        value={draft.text}
        onChange={({ target }) => onChange({ ...draft, text: target.value })}
      >
        {(draft.text === "" || !field.required) && <option value="">–</option>}
        {field.choices.map((choice) => (
          <option key={writeJson(choice)} value={writeJson(choice)}>
            {String(choice)}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

/** A secret: that it is set is said, what it is never. */
export function Secret({ field, draft, path, problems, onChange }: Filled<SecretDraft, "secret">) {
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
