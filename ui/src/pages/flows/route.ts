import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { text } from "../../browser/address";
import { frame } from "../../shell/frame";

interface Search {
  /** Part of the name. */
  q?: string;
}

export const flowsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/flows",
  validateSearch: (search): Search => ({ q: text(search.q) }),
  component: lazyRouteComponent(() => import("./FlowsPage"), "FlowsPage"),
});
