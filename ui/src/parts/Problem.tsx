import { Icon } from "./Icon";
import styles from "./Problem.module.css";

interface Failed {
  error: Error;
  retry?: () => void;
}

/** What went wrong: the thing and the fix, as the API says them. */
export function Problem({ error, retry }: Failed) {
  return (
    <div className={styles.problem} role="alert">
      <span data-tone="bad">
        <Icon name="cross" />
      </span>
      <p>{error.message}</p>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
