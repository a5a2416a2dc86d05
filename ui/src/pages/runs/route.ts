import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { StateType } from "../../api/types";
import { oneOf, someOf, text, texts } from "../../browser/address";
import { STATE_TYPES } from "../../parts/states";
import { frame } from "../../shell/frame";

export const SPANS = ["1h", "24h", "7d", "30d"] as const;

/** The filters of the runs, as they stand in the address. */
export interface RunsSearch {
  state?: StateType[];
  flow?: string[];
  tag?: string[];
  q?: string;
  /** How far back; a day if it is not said. */
  span?: (typeof SPANS)[number];
}

export const runsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/runs",
  validateSearch: (search): RunsSearch => ({
    state: someOf(STATE_TYPES, search.state),
    flow: texts(search.flow),
    tag: texts(search.tag),
    q: text(search.q),
    span: oneOf(SPANS, search.span),
  }),
  staticData: { entry: { label: "Runs", key: "r", order: 20, capability: "runs" } },
  component: lazyRouteComponent(() => import("./RunsPage"), "RunsPage"),
});
