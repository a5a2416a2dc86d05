import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useKeys } from "../browser/keyboard";
import { visible } from "../browser/visible";
import { Dialog } from "../parts/Dialog";
import styles from "./Palette.module.css";
import { type Found, useFinds } from "./useFinds";

/** ⌘K: open anything by name or id. */
export function Palette() {
  const [open, setOpen] = useState(false);
  useKeys([{ keys: "mod+k", does: "Find anything by name or id", run: () => setOpen(true) }]);
  if (!open) return null;
  return (
    <Dialog label="Find" bare onClose={() => setOpen(false)}>
      <Finder onDone={() => setOpen(false)} />
    </Dialog>
  );
}

function Finder({ onDone }: { onDone: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const { finds, error } = useFinds(text);
  const navigate = useNavigate();
  const chosen = Math.min(at, finds.length - 1);
  const open = (found: Found | undefined) => {
    if (found === undefined) return;
    onDone();
    void navigate({ href: found.href });
  };
  const press = (key: string) => {
    if (key === "ArrowDown") setAt(Math.min(chosen + 1, finds.length - 1));
    else if (key === "ArrowUp") setAt(Math.max(chosen - 1, 0));
    else if (key === "Enter") open(finds[chosen]);
    else return false;
    return true;
  };
  return (
    <>
      <input
        className={styles.field}
        role="combobox"
        aria-label="Name or id"
        aria-expanded="true"
        aria-controls="finds"
        aria-activedescendant={finds.length > 0 ? `find-${chosen}` : undefined}
        placeholder="Page, flow, run, resource: a name or the beginning of an id"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={(event) => press(event.key) && event.preventDefault()}
      />
      {error && <p className="muted">{error.message}</p>}
      {!error && finds.length === 0 && <p className="muted">Nothing has that name or id.</p>}
      <Finds finds={finds} chosen={chosen} onOpen={open} />
    </>
  );
}

interface Listed {
  finds: Found[];
  chosen: number;
  onOpen: (found: Found) => void;
}

function Finds({ finds, chosen, onOpen }: Listed) {
  if (finds.length === 0) return null;
  return (
    <div id="finds" role="listbox" aria-label="Found" className={styles.finds}>
      {finds.map((found, index) => (
        // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
        <div
          key={found.href}
          id={`find-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onClick={() => onOpen(found)}
        >
          <span>{visible(found.label)}</span>
          <span className="muted">{found.kind}</span>
        </div>
      ))}
    </div>
  );
}
