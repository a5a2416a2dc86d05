/** Light or dark: as the system says, or as was chosen. */
import { chosen, type Preference, watch } from "./preference";

export type Theme = "system" | "dark" | "light";

export const THEME: Preference<Theme> = { name: "theme", choices: ["system", "dark", "light"] };

/** Put the choice on the document, now and whenever it changes. */
export function dressDocument(): void {
  dress();
  watch(dress);
}

function dress(): void {
  const theme = chosen(THEME);
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

/** What a token of `tokens.css` comes to now, for a canvas: `paint("bad")`. */
export function paint(token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${token})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
