import { createRoute } from "@tanstack/react-router";
import { text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";

interface Search {
  /** Part of the name. */
  q?: string;
}

export const flowsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/flows",
  validateSearch: (search): Search => ({ q: text(search.q) }),
  component: lazyPage(() => import("./FlowsPage"), "FlowsPage"),
});
