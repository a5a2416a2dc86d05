import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { useKeys } from "../../../browser/keyboard";

const REST_MS = 60;

interface Sought {
  value: string | undefined;
  onFind: (text: string | undefined) => void;
  /** To the next that was found, or the one before. */
  onStep: (by: 1 | -1) => void;
  /** The keys go elsewhere. */
  onLeave: () => void;
}

/** What the log is searched for. The page has another field, so the key is another one. */
export function FindField({ value = "", onFind, onStep, onLeave }: Sought) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  useKeys([{ keys: "\\", does: "Search the log", run: () => field.current?.select() }]);
  const press = (event: KeyboardEvent) => {
    if (event.key === "Escape") {
      field.current?.blur();
      onLeave();
    }
    // What was typed just now is not found yet.
    if (event.key === "Enter" && text !== "" && text === value) onStep(event.shiftKey ? -1 : 1);
  };
  return (
    <input
      ref={field}
      type="search"
      aria-label="Search the log"
      title="Enter: the next match · Shift+Enter: the one before"
      placeholder="Search the log  \"
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        clearTimeout(resting.current);
        resting.current = setTimeout(() => onFind(target.value || undefined), REST_MS);
      }}
      onKeyDown={press}
    />
  );
}
