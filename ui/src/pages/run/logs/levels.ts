/** Levels of log lines, as Python numbers them. */
import type { Tone } from "../../../parts/states";

const WORDS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];

export const WARNING = 30;
export const ERROR = 40;

/** `WARNING`; between two, the lower one. */
export function wordOf(level: number): string {
  return WORDS[Math.floor(level / 10) - 1] ?? String(level);
}

export function toneOf(level: number): Tone | undefined {
  if (level >= ERROR) return "bad";
  return level >= WARNING ? "warn" : undefined;
}
