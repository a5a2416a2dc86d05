import { createRoute } from "@tanstack/react-router";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";

export const aboutRoute = createRoute({
  getParentRoute: () => frame,
  path: "/about",
  staticData: { entry: { label: "Settings", key: ",", order: 90 } },
  component: lazyPage(() => import("./AboutPage"), "AboutPage"),
});
