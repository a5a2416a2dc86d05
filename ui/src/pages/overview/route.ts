import { createRoute } from "@tanstack/react-router";
import { oneOf } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";
import { SPANS, type Span } from "./spans";

interface Search {
  /** How far back; a day if it is not said. */
  span?: Span;
}

/** Where the pages begin. */
export const overviewRoute = createRoute({
  getParentRoute: () => frame,
  path: "/",
  validateSearch: (search): Search => ({ span: oneOf(SPANS, search.span) }),
  staticData: { entry: { label: "Overview", key: "o", order: 10, capability: "overview" } },
  component: lazyPage(() => import("./OverviewPage"), "OverviewPage"),
});
