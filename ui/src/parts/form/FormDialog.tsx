import type { FormEvent, ReactNode } from "react";
import { Dialog } from "../Dialog";
import { Problem } from "../Problem";
import form from "./Form.module.css";

interface Opened {
  title: string;
  /** What the button says that does it. */
  does: string;
  /** What the button says that leaves all as it is. */
  keeps?: string;
  /** What submitting it does: how far that is, and why it failed. */
  done: { isPending: boolean; error: Error | null };
  /** Something lacks, or does not fit. */
  isUnready?: boolean;
  /** Its fields say themselves what does not fit; the browser is not to. */
  noValidate?: boolean;
  /** It needs all the width that there is. */
  wide?: boolean;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
}

/** A form in a dialog, with why it failed above its two buttons. */
export function FormDialog({ title, does, done, onSubmit, onClose, children, ...more }: Opened) {
  const { keeps = "Leave it", isUnready = false, noValidate, wide = false } = more;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit();
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <form
        className={wide ? `${form.form} ${form.wide}` : form.form}
        noValidate={noValidate}
        onSubmit={submit}
      >
        {children}
        {done.error && <Problem error={done.error} />}
        <p className={form.actions}>
          <button type="submit" disabled={isUnready || done.isPending}>
            {does}
          </button>
          <button type="button" onClick={onClose}>
            {keeps}
          </button>
        </p>
      </form>
    </Dialog>
  );
}
