import { useState } from "react";
import { boundKeys, useKeys } from "../browser/keyboard";
import { Dialog } from "../parts/Dialog";
import styles from "./Help.module.css";

/** All keys that do something on this page. */
export function Help() {
  const [open, setOpen] = useState(false);
  useKeys([{ keys: "?", does: "Show the keys", run: () => setOpen(true) }]);
  if (!open) return null;
  return (
    <Dialog label="Keys" onClose={() => setOpen(false)}>
      <dl className={styles.keys}>
        {boundKeys().map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              <kbd>{keys.replace("mod+", "⌘/Ctrl ")}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
