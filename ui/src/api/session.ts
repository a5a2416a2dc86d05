/** Who looks at the pages. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api, proveBy } from "./client";
import { ApiError } from "./error";
import type { Session } from "./types";

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: async ({ signal }) => known(await answered(api.GET("/api/session", { signal }))),
  staleTime: Number.POSITIVE_INFINITY,
  retry: false,
});

/** Whether who looks may do what needs a scope: an admin may all. */
export function hasScope({ scopes }: Session, scope: Session["scopes"][number]): boolean {
  return scopes.includes(scope) || scopes.includes("admin");
}

/** Say that who looks may not, and what would help. */
export function requireScope(session: Session, scope: Session["scopes"][number]): void {
  if (hasScope(session, scope)) return;
  const message = `This needs a key with the scope '${scope}'; '${session.name}' has not.`;
  throw new ApiError({ code: "forbidden", message });
}

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
