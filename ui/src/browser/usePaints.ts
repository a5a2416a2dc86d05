import { useMemo, useSyncExternalStore } from "react";
import { usePreference } from "./preference";
import { paint, THEME } from "./theme";

const DARK = "(prefers-color-scheme: dark)";

/** What tokens of `tokens.css` come to in the theme that is shown now, for a canvas. */
export function usePaints<T extends string>(tokens: readonly T[]): Record<T, string> {
  const [theme] = usePreference(THEME);
  const dark = useSyncExternalStore(watchSystem, () => matchMedia(DARK).matches);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the theme changes what tokens come to
  return useMemo(() => {
    const pairs = tokens.map((token) => [token, paint(token)]);
    return Object.fromEntries(pairs) as Record<T, string>;
  }, [theme, dark, tokens]);
}

function watchSystem(onChange: () => void): () => void {
  const system = matchMedia(DARK);
  system.addEventListener("change", onChange);
  return () => system.removeEventListener("change", onChange);
}
