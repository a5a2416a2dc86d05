import { useKeys } from "../../../browser/keyboard";
import { at, lowerBound } from "../data/columns";
import type { Change, RunSearch } from "../search";
import { nextFailure, type RunScene } from "../useScene";
import { type Axis, panned, type Span, zoomed } from "./axis";

interface Steered {
  scene: RunScene;
  axis: Axis;
  look: (view: Span | null) => void;
  search: RunSearch;
  change: Change;
  cause: number | undefined;
}

/** The keys of the timeline. */
export function useTimelineKeys({ scene, axis, look, search, change, cause }: Steered): void {
  const fail = () => {
    const run = nextFailure(scene, scene.runs.rowOf.get(search.sel ?? "") ?? -1);
    if (run < 0) return;
    reveal(axis, look, at(scene.runs.begun, run));
    change({ sel: scene.runs.ids[run], event: undefined, at: undefined });
  };
  const go = (event: number) => {
    const found = scene.happenings.events[event];
    if (found === undefined) return;
    reveal(axis, look, found.occurred);
    change({ sel: undefined, event: String(found.position), at: undefined });
  };
  useKeys([
    { keys: "w", does: "Look closer", run: () => look(zoomed(axis, 0.6, focus(scene, axis))) },
    { keys: "s", does: "Look from further away", run: () => look(zoomed(axis, 1 / 0.6)) },
    { keys: "a", does: "Earlier", run: () => look(panned(axis, -0.2)) },
    { keys: "d", does: "Later", run: () => look(panned(axis, 0.2)) },
    { keys: "0", does: "All of the run", run: () => look(null) },
    { keys: "f", does: "Next failure", run: fail },
    { keys: "n", does: "Next event", run: () => go(eventAfter(scene, axis)) },
    { keys: "p", does: "Previous event", run: () => go(eventBefore(scene, axis)) },
    {
      keys: "e",
      does: "The event that led to the failure",
      run: () => go(scene.happenings.byPosition.get(cause ?? -1) ?? -1),
    },
  ]);
}

/** What is looked at more closely stays where it is. */
function focus({ runs, rows, selected, event, happenings }: RunScene, axis: Axis): number {
  const row = rows[selected];
  const time =
    event >= 0
      ? at(happenings.occurred, event)
      : row?.kind === "run"
        ? at(runs.begun, row.run)
        : Number.NaN;
  const share = axis.shareOf(time);
  return share >= 0 && share <= 1 ? share : 0.5;
}

/** With the time in it, and some room beside it. */
export function widened({ from, to }: Span, time: number): Span {
  const room = 0.05 * Math.max(to - time, time - from);
  return { from: Math.min(from, time - room), to: Math.max(to, time + room) };
}

function reveal(axis: Axis, look: (view: Span) => void, time: number): void {
  const share = axis.shareOf(time);
  if (share < 0 || share > 1) look(widened(axis.view, time));
}

function eventAfter({ happenings, event }: RunScene, { view }: Axis): number {
  return event >= 0 ? event + 1 : lowerBound(happenings.occurred, view.from);
}

function eventBefore({ happenings, event }: RunScene, { view }: Axis): number {
  return event >= 0 ? event - 1 : lowerBound(happenings.occurred, view.to) - 1;
}
