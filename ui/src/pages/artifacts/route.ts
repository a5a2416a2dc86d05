import { createRoute } from "@tanstack/react-router";
import type { Address } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";
import { readSearch } from "./search";

export const artifactsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/artifacts",
  validateSearch: (search: Address) => readSearch(search),
  staticData: { entry: { label: "Artifacts", key: "t", order: 70, capability: "artifacts" } },
  component: lazyPage(() => import("./ArtifactsPage"), "ArtifactsPage"),
});

export const artifactRoute = createRoute({
  getParentRoute: () => frame,
  path: "/artifacts/$id",
  component: lazyPage(() => import("./ArtifactPage"), "ArtifactPage"),
});
