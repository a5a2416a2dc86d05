import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import styles from "./Dialog.module.css";

interface Opened {
  /** Its title, at its top. */
  label: string;
  /** The title is said, and not shown: what is in it says enough. */
  bare?: boolean;
  onClose: () => void;
  children: ReactNode;
}

/** The browser's own modal dialog, open as long as it is rendered. A click beside it closes it. */
export function Dialog({ label, bare = false, onClose, children }: Opened) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  // Closed before it leaves the document: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, which the browser sees to
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={bare ? label : undefined}
      aria-labelledby={bare ? undefined : id}
      onCancel={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles.inside}>
        {!bare && (
          <h2 id={id} className={styles.title}>
            {label}
          </h2>
        )}
        {children}
      </div>
    </dialog>
  );
}
