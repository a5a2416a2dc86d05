import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import type { Address } from "../../browser/address";
import { frame } from "../../shell/frame";
import { readSearch } from "./search";

export const artifactsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/artifacts",
  validateSearch: (search: Address) => readSearch(search),
  staticData: { entry: { label: "Artifacts", key: "t", order: 70, capability: "artifacts" } },
  component: lazyRouteComponent(() => import("./ArtifactsPage"), "ArtifactsPage"),
});

export const artifactRoute = createRoute({
  getParentRoute: () => frame,
  path: "/artifacts/$id",
  component: lazyRouteComponent(() => import("./ArtifactPage"), "ArtifactPage"),
});
