import type { Run } from "../api/types";
import { isOver, isWaiting } from "./states";
import { Duration } from "./Time";

/** How long a run took, or has taken so far. Of one that is to be started again nothing goes on yet. */
export function Took({ run: { started, ended, state } }: { run: Run }) {
  const from = isWaiting(state) ? null : started;
  return <Duration from={from} to={isOver(state.type) ? (ended ?? started) : null} />;
}
