import { createRoute } from "@tanstack/react-router";
import type { Address } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";
import { readSearch } from "./search";

export const runsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/runs",
  validateSearch: (search: Address) => readSearch(search),
  staticData: { entry: { label: "Runs", key: "r", order: 20, capability: "runs" } },
  component: lazyPage(() => import("./RunsPage"), "RunsPage"),
});
