import { createRoute } from "@tanstack/react-router";
import { oneOf, text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { SPANS, type Span } from "../../parts/spans";
import { frame } from "../../shell/frame";

interface Search {
  /** How far back; a week if it is not said. */
  span?: Span;
  /** Part of names. */
  q?: string;
  /** The node that is selected: `system:s3://lake`. */
  sel?: string;
}

export const mapRoute = createRoute({
  getParentRoute: () => frame,
  path: "/map",
  validateSearch: (search): Search => ({
    span: oneOf(SPANS, search.span),
    q: text(search.q),
    sel: text(search.sel),
  }),
  staticData: { entry: { label: "Map", key: "m", order: 50, capability: "map" } },
  component: lazyPage(() => import("./MapPage"), "MapPage"),
});
