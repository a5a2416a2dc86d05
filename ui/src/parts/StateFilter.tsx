import type { RunCounts, StateType } from "../api/types";
import { Icon } from "./Icon";
import { amount } from "./numbers";
import styles from "./StateFilter.module.css";
import { faceOf, STATE_TYPES, wordOf } from "./states";

interface Filtered {
  counts: Pick<RunCounts, "types" | "partial">;
  chosen: readonly StateType[] | undefined;
  onChoose: (states: StateType[] | undefined) => void;
}

/** How many are in each state; each of them shows only those. */
export function StateFilter({ counts: { types, partial }, chosen = [], onChoose }: Filtered) {
  const toggle = (type: StateType) => {
    const next = chosen.includes(type) ? chosen.filter((one) => one !== type) : [...chosen, type];
    onChoose(next.length > 0 ? next : undefined);
  };
  return (
    <fieldset className={styles.filter}>
      <legend className="spoken">States</legend>
      {STATE_TYPES.filter((type) => types[type] || chosen.includes(type)).map((type) => (
        <button
          key={type}
          type="button"
          aria-pressed={chosen.includes(type)}
          onClick={() => toggle(type)}
        >
          <span data-tone={faceOf({ type }).tone}>
            <Icon name={faceOf({ type }).icon} />
          </span>
          {wordOf(type)} <strong>{amount({ count: types[type] ?? 0, partial })}</strong>
        </button>
      ))}
    </fieldset>
  );
}
