import { type MouseEvent, type ReactNode, useState } from "react";
import styles from "./Copy.module.css";

const SHOWN_MS = 1_500;

interface Copying {
  copy: (click: MouseEvent<HTMLElement>) => void;
  /** For a moment. */
  done: boolean;
  /** The text to copy by hand, where the browser does not copy it. */
  byHand: ReactNode;
}

/** Copy a text to the clipboard, and show how that went. */
export function useCopy(text: string): Copying {
  const [ended, setEnded] = useState<"done" | "failed">();
  const copy = async (button: HTMLElement) => {
    const isDone = (await written(text)) || selected(text, button);
    setEnded(isDone ? "done" : "failed");
    if (isDone) setTimeout(() => setEnded(undefined), SHOWN_MS);
  };
  const failed = ended === "failed";
  return {
    copy: ({ currentTarget }) => void copy(currentTarget),
    done: ended === "done",
    byHand: failed && <ByHand text={text} onLeave={() => setEnded(undefined)} />,
  };
}

async function written(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Someone has forbidden it, or the page came over plain HTTP, where there is no such clipboard.
    return false;
  }
}

/** The way from before there was one: what is selected is copied. */
function selected(text: string, button: HTMLElement): boolean {
  const field = document.createElement("textarea");
  field.className = "spoken";
  field.value = text;
  // Beside the button: outside of a dialog that is open nothing can be selected.
  button.after(field);
  field.select();
  const isDone = document.execCommand("copy");
  field.remove();
  button.focus();
  return isDone;
}

function ByHand({ text, onLeave }: { text: string; onLeave: () => void }) {
  return (
    <span className={styles.byHand}>
      <span role="alert" data-tone="warn">
        The browser copies nothing here. Copy it by hand:
      </span>
      <textarea ref={select} readOnly rows={1} value={text} aria-label="Text" onBlur={onLeave} />
    </span>
  );
}

function select(field: HTMLTextAreaElement | null): void {
  field?.select();
}
