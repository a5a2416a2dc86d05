import { useLiveStatus } from "../api/useLive";
import { usePreference } from "../browser/preference";
import { THEME } from "../browser/theme";
import { ZONE } from "../browser/zone";
import { Choice } from "../parts/Choice";
import { Icon } from "../parts/Icon";
import styles from "./Status.module.css";

const SAID = {
  off: null,
  connecting: <span className="muted">Connecting …</span>,
  live: (
    <span data-tone="ok">
      <Icon name="dot" size={10} /> Live
    </span>
  ),
  lost: (
    <span data-tone="warn">
      <Icon name="warning" size={10} /> Disconnected
    </span>
  ),
};

/** Below the navigation: whether the page is live, whose clock it shows, and its theme. */
export function Status() {
  const [theme, setTheme] = usePreference(THEME);
  const [zone, setZone] = usePreference(ZONE);
  return (
    <div className={styles.status}>
      <div className={styles.live}>{SAID[useLiveStatus()]}</div>
      <Choice label="Time zone" choices={ZONE.choices} value={zone} onChoose={setZone} />
      <Choice label="Theme" choices={THEME.choices} value={theme} onChoose={setTheme} />
      <span className="muted">
        <kbd>?</kbd> keys · <kbd>⌘K</kbd> find
      </span>
    </div>
  );
}
