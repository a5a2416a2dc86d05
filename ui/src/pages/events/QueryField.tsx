import { type KeyboardEvent, useEffect, useId, useRef, useState } from "react";
import { ApiError } from "../../api/error";
import { useKeys } from "../../browser/keyboard";
import { Icon } from "../../parts/Icon";
import { type Completion, completed, completionsOf, type Known, termAt } from "./completions";
import styles from "./QueryField.module.css";

interface Asked {
  value: string | undefined;
  known: Known;
  /** What the server says of the value. */
  error: Error | null;
  onAsk: (text: string | undefined) => void;
}

/** The field for a query text, with completion; what cannot be read is shown where it is. */
export function QueryField({ value = "", known, error, onAsk }: Asked) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const typing = useTyping(value, known, field, onAsk);
  const { text, offers, at } = typing;
  useKeys([{ keys: "/", does: "Write a query", run: () => field.current?.select() }]);
  const open = offers.length > 0;
  return (
    <div className={styles.query}>
      <input
        ref={field}
        type="search"
        role="combobox"
        className={`mono ${styles.field}`}
        aria-label="Query"
        aria-expanded={open}
        aria-controls={`${id}-offers`}
        aria-autocomplete="list"
        aria-activedescendant={open && at >= 0 ? `${id}-${at}` : undefined}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : `${id}-error`}
        placeholder="resource:s3://lake type:*failed -source:flow   /"
        spellCheck={false}
        autoComplete="off"
        value={text}
        {...typing.handlers}
      />
      {open && (
        <div
          id={`${id}-offers`}
          role="listbox"
          aria-label="Completions"
          className={`mono ${styles.offers}`}
        >
          {offers.map((offer, index) => (
            <div
              key={offer.text}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              // Before the field loses the focus, which would close the list.
              onPointerDown={(event) => {
                event.preventDefault();
                typing.take(offer);
              }}
            >
              {offer.label}
            </div>
          ))}
        </div>
      )}
      {error !== null && <Fault id={`${id}-error`} text={value} error={error} />}
    </div>
  );
}

function useTyping(
  value: string,
  known: Known,
  field: React.RefObject<HTMLInputElement | null>,
  onAsk: (text: string | undefined) => void,
) {
  const [text, setText] = useState(value);
  /** Null: no completion is wanted. */
  const [cursor, setCursor] = useState<number | null>(null);
  const [at, setAt] = useState(-1);
  useEffect(() => setText(value), [value]);
  const offers = cursor === null ? [] : completionsOf(text, cursor, known);
  const write = (next: string, place: number | null) => {
    setText(next);
    setCursor(place);
    setAt(-1);
  };
  const ask = (asked: string) => {
    setCursor(null);
    if (asked.trim() !== value) onAsk(asked.trim() || undefined);
  };
  const take = (offer: Completion) => {
    const next = completed(text, cursor ?? text.length, offer);
    write(next.text, next.cursor);
    requestAnimationFrame(() => field.current?.setSelectionRange(next.cursor, next.cursor));
    if (offer.whole) onAsk(next.text.trim());
  };
  const closed = cursor === null;
  const first = offers[0];
  const chosen = offers[at];
  const keys: Record<string, (() => void) | false | undefined> = {
    ArrowDown: closed
      ? () => setCursor(field.current?.selectionStart ?? 0)
      : () => setAt(Math.min(at + 1, offers.length - 1)),
    ArrowUp: () => setAt(Math.max(at - 1, -1)),
    Enter: () => (chosen ? take(chosen) : ask(text)),
    // Between terms it leaves the field, as everywhere.
    Tab: !closed && termAt(text, cursor) !== null && first && (() => take(chosen ?? first)),
    Escape: () => (closed ? field.current?.blur() : setCursor(null)),
  };
  return {
    text,
    offers,
    at,
    take,
    handlers: {
      onChange: ({ target }: React.ChangeEvent<HTMLInputElement>) => {
        write(target.value, target.selectionStart);
        // As the cross in the field does.
        if (target.value === "") onAsk(undefined);
      },
      onKeyDown: (event: KeyboardEvent) => {
        const press = keys[event.key];
        if (!press || event.shiftKey) return;
        event.preventDefault();
        press();
      },
      onBlur: () => ask(text),
    },
  };
}

interface Found {
  id: string;
  text: string;
  error: Error;
}

/** What the server says of the query, below the place that it means. */
function Fault({ id, text, error }: Found) {
  const place = error instanceof ApiError ? error.details.at : undefined;
  const at = typeof place === "number" ? Math.min(place, text.length) : null;
  return (
    <div id={id} role="alert" className={styles.fault}>
      {at !== null && (
        <code className={styles.text}>
          <span className="muted">{text.slice(0, at)}</span>
          <mark>{text.slice(at) || " "}</mark>
        </code>
      )}
      <p>
        <span data-tone="bad">
          <Icon name="cross" />
        </span>{" "}
        {error.message}
      </p>
    </div>
  );
}
