/** How events look in one line: their face, their resource, what they say. */
import { isNumber, isRecord } from "../api/exact";
import type { LoggedEvent } from "../api/types";
import { visible } from "../browser/visible";
import type { IconName } from "./icons";
import { outcomeOf } from "./outcomes";
import { runOf } from "./resources";
import { faceOf, STATE_TYPES, type Tone } from "./states";
import { duration } from "./times";

export interface EventFace {
  icon: IconName;
  tone: Tone | "external";
}

type Said = Pick<LoggedEvent, "event" | "payload">;

/** A state looks as states do; what is told from outside is a ◆, red when it went ill. */
export function faceOfEvent({ event, payload }: Said): EventFace {
  const { type, name } = asRecord(payload);
  const state = STATE_TYPES.find((known) => known === type);
  if (isRunEvent(event) && state !== undefined) return faceOf({ type: state, name: String(name) });
  const failed = outcomeOf(event) === "failed";
  if (isOutside(event)) return { icon: "diamond", tone: failed ? "bad" : "external" };
  return { icon: "dot", tone: failed ? "bad" : "idle" };
}

/** What it is about by its name: of a state, the run's. */
export function nameOfResource({ resource, run, run_name: name }: LoggedEvent): string | null {
  return resource.name ?? (runOf(resource.id) === run ? name : null);
}

export const OURS = "peninsula.";

/** Names and ids that begin so are the product's own; all else is outside. */
export function isOurs(name: string): boolean {
  return name.startsWith(OURS);
}

const ABOUT_OUTSIDE = /^peninsula\.(call|kubernetes)\./;

/** Calls, and what becomes of pods, are told by the product, and are about what is outside of it. */
export function isOutside(name: string): boolean {
  return !isOurs(name) || ABOUT_OUTSIDE.test(name);
}

/** What an event tells a use of: `peninsula.call.s3-bucket.read_path.failed`. Null: it is no call. */
export function callOf(name: string): { type: string; method: string; outcome: string } | null {
  const [, type, method, outcome] = /^peninsula\.call\.(.+)\.([^.]+)\.([^.]+)$/.exec(name) ?? [];
  return type && method && outcome ? { type, method, outcome } : null;
}

function isRunEvent(name: string): boolean {
  return /^peninsula\.(flow|task)-run\./.test(name);
}

const SAID_ELSEWHERE = new Set([
  "method",
  "type",
  "name",
  "born",
  "kind",
  "details",
  "started",
  "error_type",
  "counted",
  "uid",
  "origin",
  "schema",
]);

/** A payload in one line: its message, else its plain values. */
export function summary(payload: unknown): string {
  return visible(plainly(asRecord(payload)));
}

function plainly(said: Record<string, unknown>): string {
  if (typeof said.message === "string" && said.message !== "") return said.message;
  return Object.entries(said)
    .filter(([key, value]) => !SAID_ELSEWHERE.has(key) && isPlain(value))
    .map(([key, value]) => (key === "seconds" ? duration(Number(value)) : `${key} ${value}`))
    .join(" · ");
}

function isPlain(value: unknown): boolean {
  return (isNumber(value) || ["string", "boolean"].includes(typeof value)) && value !== "";
}

export function asRecord(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}
