import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { frame } from "../../shell/frame";

export const flowRoute = createRoute({
  getParentRoute: () => frame,
  path: "/flows/$name",
  component: lazyRouteComponent(() => import("./FlowPage"), "FlowPage"),
});
