import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Address } from "../../browser/address";
import { frame } from "../../shell/frame";
import { readSearch } from "./search";

export const runRoute = createRoute({
  getParentRoute: () => frame,
  path: "/runs/$id",
  validateSearch: (search: Address) => readSearch(search),
  component: lazyRouteComponent(() => import("./RunPage"), "RunPage"),
});
