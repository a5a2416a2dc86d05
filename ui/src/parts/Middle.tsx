import styles from "./Middle.module.css";

/** Characters at the end that stay: they tell one path, pod or name from its neighbours. */
const END = 14;

/** A text that may be too long for its line: what is cut is in its middle. */
export function Middle({ text, end = END }: { text: string; end?: number }) {
  const at = Math.max(0, text.length - end);
  return (
    <span className={styles.text}>
      <span className="spoken">{text}</span>
      <span aria-hidden="true" className={styles.begin}>
        {text.slice(0, at)}
      </span>
      <span aria-hidden="true" className={styles.end}>
        {text.slice(at)}
      </span>
    </span>
  );
}
