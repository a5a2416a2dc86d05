/** What a person has chosen for this browser, kept in its storage. */
import { useSyncExternalStore } from "react";

export interface Preference<T extends string> {
  name: string;
  /** The first is what holds when nothing was chosen. */
  choices: readonly [T, ...T[]];
}

const watchers = new Set<() => void>();

export function usePreference<T extends string>(
  preference: Preference<T>,
): [T, (value: T) => void] {
  const value = useSyncExternalStore(watch, () => chosen(preference));
  return [value, (next) => choose(preference, next)];
}

export function chosen<T extends string>({ name, choices }: Preference<T>): T {
  const stored = kept(keyOf(name));
  return choices.find((choice) => choice === stored) ?? choices[0];
}

export function choose<T extends string>({ name }: Preference<T>, value: T): void {
  keep(keyOf(name), value);
  for (const onChange of watchers) onChange();
}

export function watch(onChange: () => void): () => void {
  watchers.add(onChange);
  // Another tab may choose, too.
  addEventListener("storage", onChange);
  return () => {
    watchers.delete(onChange);
    removeEventListener("storage", onChange);
  };
}

/** What the browser does not keep, as where storage is denied: it holds until the page is left. */
const unkept = new Map<string, string>();

function kept(key: string): string | null {
  try {
    return unkept.get(key) ?? localStorage.getItem(key);
  } catch {
    return null;
  }
}

function keep(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
    unkept.delete(key);
  } catch {
    unkept.set(key, value);
  }
}

function keyOf(name: string): string {
  return `peninsula.${name}`;
}
