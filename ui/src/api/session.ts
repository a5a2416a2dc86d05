/** Who looks at the pages. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, proveBy } from "./client";
import type { Session } from "./types";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => known(await answered(api.GET("/api/session", { signal }))),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

export async function logIn(key: string): Promise<Session> {
  return known(await answered(api.POST("/api/session", { body: { key } })));
}

export async function logOut(): Promise<void> {
  await api.DELETE("/api/session");
  proveBy(null);
}

function known(session: Session): Session {
  proveBy(session.csrf);
  return session;
}
