import styles from "./Command.module.css";
import { Icon } from "./Icon";
import { useCopy } from "./useCopy";

/** A command to type, with a button that copies it. */
export function Command({ text }: { text: string }) {
  const { copy, done, byHand } = useCopy(text);
  return (
    <>
      <span className={styles.command}>
        <code>{text}</code>
        <button type="button" onClick={copy} aria-label={`Copy: ${text}`}>
          <Icon name={done ? "check" : "copy"} />
          <span aria-live="polite">{done ? "Copied" : "Copy"}</span>
        </button>
      </span>
      {byHand}
    </>
  );
}
