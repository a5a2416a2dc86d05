/** How states look: an icon and a tone for each; the word always stands beside them. */
import type { StateType } from "../api/types";
import type { IconName } from "./icons";

/** A colour token of `tokens.css`. */
export type Tone = "ok" | "bad" | "warn" | "run" | "idle";

export interface Face {
  icon: IconName;
  tone: Tone;
}

const BY_TYPE: Record<StateType, Face> = {
  SCHEDULED: { icon: "clock", tone: "idle" },
  PENDING: { icon: "circle", tone: "idle" },
  RUNNING: { icon: "dot", tone: "run" },
  COMPLETED: { icon: "check", tone: "ok" },
  FAILED: { icon: "cross", tone: "bad" },
  CANCELLED: { icon: "slash", tone: "warn" },
  CRASHED: { icon: "bolt", tone: "bad" },
  PAUSED: { icon: "pause", tone: "warn" },
  CANCELLING: { icon: "slash", tone: "warn" },
};

const BY_NAME: Record<string, Face> = {
  Late: { icon: "warning", tone: "warn" },
  AwaitingRetry: { icon: "loop", tone: "warn" },
  Retrying: { icon: "loop", tone: "run" },
  NotReady: { icon: "slash", tone: "warn" },
};

/** In the order in which lists and stacks show them: what needs a person first. */
export const STATE_TYPES = [
  "FAILED",
  "CRASHED",
  "RUNNING",
  "PENDING",
  "SCHEDULED",
  "PAUSED",
  "CANCELLING",
  "CANCELLED",
  "COMPLETED",
] as const satisfies readonly StateType[];

export function faceOf(state: { type: StateType; name?: string }): Face {
  return BY_NAME[state.name ?? ""] ?? BY_TYPE[state.type];
}

/** `FAILED` as people read it: `Failed`. */
export function wordOf(type: StateType): string {
  return type.charAt(0) + type.slice(1).toLowerCase();
}

/** Of runs that went ill. */
export const FAILED_TYPES = ["FAILED", "CRASHED"] as const satisfies readonly StateType[];

export function hasFailed(type: StateType): boolean {
  return FAILED_TYPES.some((failed) => failed === type);
}

export function isOver(type: StateType): boolean {
  return ["COMPLETED", "FAILED", "CANCELLED", "CRASHED"].includes(type);
}
