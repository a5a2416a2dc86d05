import { Link, useNavigate } from "@tanstack/react-router";
import { useKeys } from "../browser/keyboard";
import { Icon } from "../parts/Icon";
import styles from "./Navigation.module.css";
import { Status } from "./Status";
import { useEntries } from "./useEntries";

/** The pages, each with its keys; a small screen folds them away. */
export function Navigation() {
  const entries = useEntries();
  const navigate = useNavigate();
  useKeys(
    entries.map(({ key, label, to }) => ({
      keys: `g ${key}`,
      does: `Go to ${label}`,
      run: () => void navigate({ to }),
    })),
  );
  return (
    <nav className={styles.navigation} aria-label="Main">
      <input type="checkbox" id="unfold" className="spoken" aria-label="Show the pages" />
      <div className={styles.top}>
        <Link to="/" className={styles.name}>
          <Icon name="diamond" /> Peninsula
        </Link>
        <label htmlFor="unfold" className={styles.unfold}>
          <Icon name="menu" size={16} />
        </label>
      </div>
      <ul className={styles.entries}>
        {entries.map(({ key, label, to }) => (
          <li key={to}>
            <Link to={to} activeProps={{ "aria-current": "page" }}>
              {label}
              {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: the link is focusable, this is not */}
              <kbd aria-hidden="true">g {key}</kbd>
            </Link>
          </li>
        ))}
      </ul>
      <Status />
    </nav>
  );
}
