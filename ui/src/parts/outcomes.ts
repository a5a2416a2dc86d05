/** Whether an event says by its name that something went well or ill: the last word tells. */

export const OUTCOMES = ["failed", "ok", "other"] as const;

export type Outcome = (typeof OUTCOMES)[number];

// As `core/outcomes.py` has them, for what the server has not counted.
const FAILED = new Set(
  (
    "backoff crashed denied dropped error errored evicted expired failed failure killed lost " +
    "oom out refused rejected timeout unavailable unhealthy"
  ).split(" "),
);
const OK = new Set(
  "cached completed done finished healthy loaded made ok passed ready succeeded".split(" "),
);

/** `call.failed`, `pod.oom-killed` and `flow-run.timed-out` are `failed`. */
export function outcomeOf(name: string): Outcome {
  const word = name.split(/[._-]/).at(-1)?.toLowerCase() ?? "";
  if (FAILED.has(word)) return "failed";
  return OK.has(word) ? "ok" : "other";
}
