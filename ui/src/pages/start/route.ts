import { createRoute, redirect } from "@tanstack/react-router";
import { frame } from "../../shell/frame";

/** Where the pages begin. */
export const startRoute = createRoute({
  getParentRoute: () => frame,
  path: "/",
  beforeLoad: () => {
    throw redirect({ to: "/runs", replace: true });
  },
});
