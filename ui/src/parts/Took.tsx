import type { Run } from "../api/types";
import { isOver } from "./states";
import { Duration } from "./Time";

/** How long a run took, or has taken so far, as `Run.span` of Python has it: of one that is to be
 * started again, or that is suspended, nothing goes on. */
export function Took({ run: { started, ended, state, process } }: { run: Run }) {
  if (isOver(state.type)) return <Duration from={started} to={ended ?? started} />;
  const inProcess = process !== null && state.name !== "Suspended";
  return <Duration from={inProcess ? started : null} to={null} />;
}
