/** Go by keys through what stands on a page that is no list. */
import { useKeys } from "../browser/keyboard";

/** Marks a link or button to which `j` and `k` lead: `<Go {...STOP} …>`. */
export const STOP = { "data-stop": true } as const;

/** `j` and `k` go from stop to stop, in the order of the page; from nowhere to the first. */
export function useStops(): void {
  const go = (step: number) => {
    const stops = [...document.querySelectorAll<HTMLElement>("main [data-stop]")];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    stops[Math.min(Math.max(at + step, 0), stops.length - 1)]?.focus();
  };
  useKeys([
    { keys: "j", does: "Next on the page", run: () => go(1) },
    { keys: "k", does: "Previous on the page", run: () => go(-1) },
  ]);
}
