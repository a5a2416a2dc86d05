import styles from "./Copy.module.css";
import { Icon } from "./Icon";
import { useCopy } from "./useCopy";

interface Copied {
  text: string;
  /** What stands there instead of all of it. */
  shown: string;
  label: string;
}

/** A longer text is no title. */
const LONGEST = 200;

/** A text that one click copies. */
export function Copy({ text, shown, label }: Copied) {
  const { copy, done, byHand } = useCopy(text);
  return (
    <>
      <button
        type="button"
        className={`mono ${styles.copy}`}
        title={text.length > LONGEST ? undefined : text}
        onClick={copy}
      >
        <span className="spoken">{done ? "Copied" : label}: </span>
        {shown} <Icon name={done ? "check" : "copy"} size={11} />
      </button>{" "}
      {byHand}
    </>
  );
}
