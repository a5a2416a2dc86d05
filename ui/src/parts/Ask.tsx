import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import styles from "./Ask.module.css";
import { Dialog } from "./Dialog";
import { Problem } from "./Problem";

interface Asked {
  /** What the button says that asks: `Delete`. */
  button: string;
  /** `Delete the block`: of the question, and of the button that does it. */
  does: string;
  /** What the button says that leaves all as it is. */
  keeps: string;
  act: () => Promise<unknown>;
  /** The question, and what hangs on it. */
  children: ReactNode;
}

/** A button for what there is no way back from: it asks first. */
export function Ask({ button, ...asked }: Asked) {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setAsks(true)}>
        {button}
      </button>
      {asks && <Question {...asked} onClose={() => setAsks(false)} />}
    </>
  );
}

/** Whoever hits Enter twice loses nothing. React's `autoFocus` is no attribute, which a dialog heeds. */
function takesFocus(button: HTMLButtonElement | null): void {
  button?.setAttribute("autofocus", "");
}

interface Question extends Omit<Asked, "button"> {
  onClose: () => void;
}

function Question({ does, keeps, act, onClose, children }: Question) {
  const done = useMutation({ mutationFn: act, onSuccess: onClose });
  return (
    <Dialog label={does} onClose={onClose}>
      {children}
      {done.error && <Problem error={done.error} />}
      <p className={styles.choices}>
        <button type="button" disabled={done.isPending} onClick={() => done.mutate()}>
          {does}
        </button>
        <button ref={takesFocus} type="button" onClick={onClose}>
          {keeps}
        </button>
      </p>
    </Dialog>
  );
}
