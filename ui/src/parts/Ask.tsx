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
        {/* The first has the focus: whoever hits Enter twice loses nothing. */}
        <button type="button" onClick={onClose}>
          {keeps}
        </button>
        <button type="button" disabled={done.isPending} onClick={() => done.mutate()}>
          {does}
        </button>
      </p>
    </Dialog>
  );
}
