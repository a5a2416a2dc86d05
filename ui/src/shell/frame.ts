import { createRoute, redirect } from "@tanstack/react-router";
import { isUnauthenticated } from "../api/error";
import { live } from "../api/live";
import { metaQuery } from "../api/meta";
import { requireScope, sessionQuery } from "../api/session";
import { Broken } from "./Broken";
import { Frame } from "./Frame";
import { root } from "./root";

/** Around all pages but the login: they need a session, and have the navigation. */
export const frame = createRoute({
  id: "frame",
  getParentRoute: () => root,
  beforeLoad: async ({ context, location }) => {
    const { queryClient } = context;
    const began = Date.now();
    try {
      const [meta, session] = await Promise.all([
        queryClient.ensureQueryData(metaQuery),
        queryClient.ensureQueryData(sessionQuery),
      ]);
      // Without it the stream would be refused again and again, and look as if it were lost.
      requireScope(session, "read");
      const asked = queryClient.getQueryState(metaQuery.queryKey)?.dataUpdatedAt ?? 0;
      if (asked >= began) live.startAt(meta.position ?? null);
    } catch (problem) {
      if (!isUnauthenticated(problem)) throw problem;
      throw redirect({ to: "/login", search: { to: location.href } });
    }
  },
  component: Frame,
  errorComponent: Broken,
});
