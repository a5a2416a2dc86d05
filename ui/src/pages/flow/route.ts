import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";

export const flowRoute = createRoute({
  getParentRoute: () => frame,
  path: "/flows/$name",
  component: lazyPage(() => import("./FlowPage"), "FlowPage"),
});
