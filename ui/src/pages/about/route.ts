import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { frame } from "../../shell/frame";

export const aboutRoute = createRoute({
  getParentRoute: () => frame,
  path: "/about",
  staticData: { entry: { label: "Settings", key: ",", order: 90 } },
  component: lazyRouteComponent(() => import("./AboutPage"), "AboutPage"),
});
