/** Keys and what they do: one listener for the page, and a list of all for the help. */
import { useEffect, useEffectEvent } from "react";

export interface Binding {
  /** `j`, `?`, `mod+k`, or one after the other: `g r`. */
  keys: string;
  /** As the help says it. */
  does: string;
  /** False: not now, and whoever else has the key may do it. */
  run: () => unknown;
}

const SEQUENCE_MS = 1_000;

const bound = new Map<symbol, readonly Binding[]>();
let begun = { key: "", at: 0 };

/** Have these keys work while the component is on screen. Of two for one key the later counts,
 * if it does not leave it to the other. */
export function useKeys(bindings: readonly Binding[]): void {
  const run = useEffectEvent((keys: string) => bindings.find((one) => one.keys === keys)?.run());
  const described = JSON.stringify(bindings.map(({ keys, does }) => ({ keys, does })));
  useEffect(() => {
    const id = Symbol();
    const known = JSON.parse(described) as { keys: string; does: string }[];
    bound.set(
      id,
      known.map((one) => ({ ...one, run: () => run(one.keys) })),
    );
    return () => {
      bound.delete(id);
    };
  }, [described]);
}

/** All that work now, for the help. */
export function boundKeys(): Binding[] {
  const byKeys = new Map([...bound.values()].flat().map((one) => [one.keys, one]));
  return [...byKeys.values()];
}

export function listenToKeys(): void {
  document.addEventListener("keydown", press);
}

function press(event: KeyboardEvent): void {
  const key = nameOf(event);
  if (event.defaultPrevented || (isTyping(event.target) && !key.startsWith("mod+"))) return;
  if (meant(key, event.timeStamp).some((binding) => binding.run() !== false)) {
    event.preventDefault();
  }
}

/** What a key may mean, the likeliest first. */
function meant(key: string, now: number): Binding[] {
  const all = [...bound.values()].flat().reverse();
  const first = now - begun.at < SEQUENCE_MS ? begun.key : "";
  begun = { key, at: now };
  return [
    ...all.filter(({ keys }) => first !== "" && keys === `${first} ${key}`),
    ...all.filter(({ keys }) => keys === key),
  ];
}

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  // Where [ and ] are typed by AltGr, Windows says that Ctrl and Alt are down.
  if (event.getModifierState("AltGraph")) return key;
  if (event.metaKey || event.ctrlKey) return `mod+${key}`;
  return event.altKey ? `alt+${key}` : key;
}

/** What takes letters; a radio does not, though it is an input. A list chooses by them. */
const TEXT =
  "input:not([type=radio], [type=checkbox], [type=button], [type=range]), textarea, select";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest(`${TEXT}, dialog, [contenteditable]`) !== null;
}
