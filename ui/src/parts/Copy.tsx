import { useState } from "react";
import styles from "./Copy.module.css";
import { Icon } from "./Icon";

interface Copied {
  text: string;
  /** What stands there instead of all of it. */
  shown: string;
  label: string;
}

const SHOWN_MS = 1_500;
/** A longer text is no title. */
const LONGEST = 200;

/** A text that one click copies. */
export function Copy({ text, shown, label }: Copied) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    setTimeout(() => setDone(false), SHOWN_MS);
  };
  return (
    <button
      type="button"
      className={styles.copy}
      title={text.length > LONGEST ? undefined : text}
      onClick={copy}
    >
      <span className="spoken">{done ? "Copied" : label}: </span>
      {shown} <Icon name={done ? "check" : "copy"} size={11} />
    </button>
  );
}
