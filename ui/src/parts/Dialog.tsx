import { type ReactNode, useEffect, useRef } from "react";
import styles from "./Dialog.module.css";

interface Opened {
  label: string;
  onClose: () => void;
  children: ReactNode;
}

/** The browser's own modal dialog, open as long as it is rendered. A click beside it closes it. */
export function Dialog({ label, onClose, children }: Opened) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    shown?.showModal();
    return () => shown?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it, which the browser sees to
    <dialog
      ref={dialog}
      className={styles.dialog}
      aria-label={label}
      onCancel={onClose}
      onClick={(event) => event.target === event.currentTarget && onClose()}
    >
      <div className={styles.inside}>{children}</div>
    </dialog>
  );
}
