/** Come back to where one was in a list. */
import { useRouter } from "@tanstack/react-router";
import { useEffect, useEffectEvent } from "react";

/** What had the focus, by the entry of the history in which it had it. */
const had = new Map<string, string>();

/** Give the focus back to what had it when the page was left, once it is there. Return what notes it. */
export function useReturn(known: boolean, focus: (key: string) => void): (key: string) => void {
  const { history } = useRouter();
  const entry = () => history.location.state.__TSR_key ?? "";
  const giveBack = useEffectEvent(() => {
    const key = had.get(entry());
    if (key !== undefined && document.activeElement === document.body) focus(key);
  });
  useEffect(() => {
    if (known) giveBack();
  }, [known]);
  return (key) => void had.set(entry(), key);
}
