import { useEffect, useRef, useState } from "react";
import { useKeys } from "../../../browser/keyboard";

const REST_MS = 60;

interface Sought {
  value: string | undefined;
  onFind: (text: string | undefined) => void;
}

/** What the log is searched for. The page has another field, so the key is another one. */
export function FindField({ value = "", onFind }: Sought) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  useKeys([{ keys: "\\", does: "Search the log", run: () => field.current?.select() }]);
  return (
    <input
      ref={field}
      type="search"
      aria-label="Search the log"
      placeholder="Search the log  \"
      value={text}
      onChange={({ target }) => {
        setText(target.value);
        clearTimeout(resting.current);
        resting.current = setTimeout(() => onFind(target.value || undefined), REST_MS);
      }}
      onKeyDown={(event) => event.key === "Escape" && field.current?.blur()}
    />
  );
}
