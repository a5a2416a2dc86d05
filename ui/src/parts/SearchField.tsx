import { useEffect, useRef, useState } from "react";
import { useKeys } from "../browser/keyboard";
import styles from "./SearchField.module.css";

interface Typed {
  label: string;
  value: string | undefined;
  /** Told when typing rests, so that the address is not written at each key. */
  onSearch: (text: string | undefined) => void;
}

const REST_MS = 200;

/** The field that `/` leads to. */
export function SearchField({ label, value = "", onSearch }: Typed) {
  const field = useRef<HTMLInputElement>(null);
  const [text, setText] = useState(value);
  const resting = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => setText(value), [value]);
  // Whoever has gone to another page is not led back by what was typed here.
  useEffect(() => () => clearTimeout(resting.current), []);
  useKeys([{ keys: "/", does: label, run: () => field.current?.select() }]);
  const type = (typed: string) => {
    setText(typed);
    clearTimeout(resting.current);
    resting.current = setTimeout(() => onSearch(typed.trim() || undefined), REST_MS);
  };
  return (
    <input
      ref={field}
      type="search"
      className={styles.field}
      aria-label={label}
      placeholder={`${label}  /`}
      value={text}
      onChange={(event) => type(event.target.value)}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        // The browser would empty the field.
        event.preventDefault();
        field.current?.blur();
      }}
    />
  );
}
