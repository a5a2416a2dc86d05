import { useEffect } from "react";
import { visible } from "./visible";

/** Name the page in the browser's tab and history. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${visible(title)} · Peninsula`;
  }, [title]);
}
