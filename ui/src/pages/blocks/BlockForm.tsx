import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { answered, api } from "../../api/client";
import { ApiError } from "../../api/error";
import type { Block, BlockType } from "../../api/types";
import { dataOf, draftsOf, inputAt, type Problems } from "../../parts/form/draft";
import { FieldInputs } from "../../parts/form/FieldInput";
import styles from "../../parts/form/Form.module.css";
import { fieldsOf, type Schema } from "../../parts/form/schema";
import { Problem } from "../../parts/Problem";

interface Formed {
  type: BlockType;
  /** The one that is changed; without it a new one is made. */
  block?: Block;
}

/** Where the name stands among the problems: no field of a type is called so. */
const NAME = "block name";

/** Make a block, or change it, by the fields of its type. */
export function BlockForm({ type, block }: Formed) {
  const form = useRef<HTMLFormElement>(null);
  const [fields] = useState(() => fieldsOf(type.schema.fields as Schema));
  const [name, setName] = useState(block?.name ?? "");
  const [drafts, setDrafts] = useState(() =>
    draftsOf(fields, (block?.data as Record<string, unknown>) ?? null, block?.secrets),
  );
  const [problems, setProblems] = useState<Problems>({});
  const save = useSaved(type, block);
  const inputOf = (error: Error): string | null => {
    const place = placeOf(error);
    return place === null || place === NAME ? place : inputAt(fields, drafts, place);
  };
  useEffect(() => {
    // The first that is wrong is what to look at next.
    if (Object.keys(problems).length > 0) {
      form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
    }
  }, [problems]);
  /** What the server says of a field stands at the field. */
  const onError = (error: Error) => {
    const place = inputOf(error);
    if (place !== null) setProblems({ [place]: error.message });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Problems = name.trim() === "" ? { [NAME]: "It is needed." } : {};
    const data = dataOf(fields, drafts, found);
    setProblems(found);
    if (Object.keys(found).length === 0) save.mutate({ name: name.trim(), data }, { onError });
  };
  return (
    <form ref={form} className={styles.form} noValidate onSubmit={submit}>
      {block === undefined && <NameInput name={name} problem={problems[NAME]} onChange={setName} />}
      <FieldInputs fields={fields} drafts={drafts} problems={problems} onChange={setDrafts} />
      <CheckedLater schema={type.schema.fields as Record<string, unknown>} />
      {save.error && inputOf(save.error) === null && <Problem error={save.error} />}
      <p>
        <button type="submit" disabled={save.isPending}>
          {block === undefined ? "Make the block" : "Save the changes"}
        </button>
      </p>
    </form>
  );
}

/** Say what no schema can: the server has no class, whose validators run when a flow loads it. */
function CheckedLater({ schema }: { schema: Record<string, unknown> }) {
  const names = (schema.checked_by_class ?? []) as string[];
  if (names.length === 0) return null;
  const what = names.includes("*") ? "The whole" : names.join(", ");
  return <p className="muted">{what} is checked further by its class, when a flow loads it.</p>;
}

interface Named {
  name: string;
  problem: string | undefined;
  onChange: (name: string) => void;
}

function NameInput({ name, problem, onChange }: Named) {
  return (
    <div className={styles.field}>
      <label htmlFor="block-name">
        Name<span className="muted"> · needed</span>
      </label>
      <input
        id="block-name"
        value={name}
        aria-required
        aria-invalid={problem !== undefined || undefined}
        aria-describedby="block-name:about"
        autoComplete="off"
        spellCheck={false}
        onChange={({ target }) => onChange(target.value)}
      />
      <p id="block-name:about" className="muted">
        Flows load it by this name: lower-case letters, digits, - and _.
      </p>
      {problem && (
        <p data-tone="bad" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

interface Wanted {
  name: string;
  data: Record<string, unknown>;
}

/** Save it, and show it. */
function useSaved(type: BlockType, block: Block | undefined) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: ({ name, data }: Wanted) => {
      const body = {
        type: type.slug,
        name,
        data,
        secrets: [],
        checked: false,
        overwrite: block !== undefined,
        schema: type.schema.checksum,
      };
      return answered(api.POST("/api/blocks", { body }));
    },
    onSuccess: async (saved) => {
      await queryClient.invalidateQueries({ queryKey: ["blocks"] });
      await navigate({ to: "/blocks/$id", params: { id: saved.id } });
    },
  });
}

/** The field that an error is about, null where it is about none. */
function placeOf(error: Error): string | null {
  if (!(error instanceof ApiError)) return null;
  const { field, name } = error.details;
  if (typeof field === "string") return field;
  return typeof name === "string" ? NAME : null;
}
