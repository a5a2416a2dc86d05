import styles from "./Choice.module.css";

interface Chosen<T extends string> {
  label: string;
  choices: readonly T[];
  /** Nothing: none of them. */
  value: T | undefined;
  onChoose: (value: T) => void;
}

/** One of few, all of them in sight. */
export function Choice<T extends string>({ label, choices, value, onChoose }: Chosen<T>) {
  return (
    <fieldset className={styles.choice}>
      <legend className="spoken">{label}</legend>
      {choices.map((choice) => (
        <label key={choice}>
          <input
            type="radio"
            name={label}
            className="spoken"
            checked={choice === value}
            onChange={() => onChoose(choice)}
          />
          <span>{choice}</span>
        </label>
      ))}
    </fieldset>
  );
}
