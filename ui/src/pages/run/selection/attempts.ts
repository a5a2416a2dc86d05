/** The attempts of a run, out of what was told of its states. */
import type { LoggedEvent, StateType } from "../../../api/types";
import { micros } from "../../../parts/times";

export interface Attempt {
  /** From 1. */
  number: number;
  began: string;
  /** Null: it goes on. */
  ended: string | null;
  state: { type: StateType; name: string };
  /** What the state that ended it says. */
  message: string | null;
}

interface Told {
  type: StateType;
  name: string;
  message?: string | null;
  /** From 0. */
  attempt?: number;
}

type StateEvent = Pick<LoggedEvent, "occurred" | "payload">;

/** A run that waits for its next attempt has had one that failed. */
const FAILED = { type: "FAILED", name: "Failed" } as const;
const ENDS: ReadonlySet<StateType> = new Set(["COMPLETED", "FAILED", "CRASHED", "CANCELLED"]);

export function attemptsOf(events: readonly StateEvent[]): Attempt[] {
  const attempts: Attempt[] = [];
  for (const { occurred, payload } of inOrder(events)) {
    const { type, name, message = null, attempt = 0 } = payload as unknown as Told;
    const last = attempts.at(-1);
    const open = last?.ended === null ? last : undefined;
    const isNext = type === "RUNNING" && (open === undefined || open.number !== attempt + 1);
    if (open && ENDS.has(type)) close(open, occurred, { type, name }, message);
    else if (open && (isNext || type === "SCHEDULED")) close(open, occurred, FAILED, message);
    if (isNext) {
      const state = { type, name: "Running" };
      attempts.push({ number: attempt + 1, began: occurred, ended: null, state, message: null });
    }
  }
  return attempts;
}

function inOrder(events: readonly StateEvent[]): StateEvent[] {
  return events
    .filter(({ payload }) => (payload as Partial<Told> | null)?.type !== undefined)
    .sort((one, other) => micros(one.occurred) - micros(other.occurred));
}

function close(
  attempt: Attempt,
  ended: string,
  state: Attempt["state"],
  message: string | null,
): void {
  Object.assign(attempt, { ended, state, message });
}
