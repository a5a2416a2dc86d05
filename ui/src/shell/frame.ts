import { createRoute, redirect } from "@tanstack/react-router";
import { isUnauthenticated } from "../api/error";
import { metaQuery } from "../api/meta";
import { sessionQuery } from "../api/session";
import { Broken } from "./Broken";
import { Frame } from "./Frame";
import { root } from "./root";

/** Around all pages but the login: they need a session, and have the navigation. */
export const frame = createRoute({
  id: "frame",
  getParentRoute: () => root,
  beforeLoad: async ({ context, location }) => {
    try {
      await Promise.all([
        context.queryClient.ensureQueryData(sessionQuery),
        context.queryClient.ensureQueryData(metaQuery),
      ]);
    } catch (problem) {
      if (!isUnauthenticated(problem)) throw problem;
      throw redirect({ to: "/login", search: { to: location.href } });
    }
  },
  component: Frame,
  errorComponent: Broken,
});
