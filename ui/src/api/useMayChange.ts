import { type QueryClient, useQuery } from "@tanstack/react-query";
import { ApiError } from "./error";
import { sessionQuery } from "./session";
import type { Session } from "./types";

/** Whether who looks at the pages may change what is there, and have flows run. */
export function useMayChange(): boolean {
  const { data: session } = useQuery(sessionQuery);
  return session !== undefined && mayChange(session);
}

/** Before a page that only changes something: there are no links to it for others, but addresses. */
export async function askMayChange({ context }: { context: { queryClient: QueryClient } }) {
  if (mayChange(await context.queryClient.ensureQueryData(sessionQuery))) return;
  const message = "This needs a key with the scope 'work'. Log in with one that has it.";
  throw new ApiError({ code: "forbidden", message });
}

function mayChange({ scopes }: Session): boolean {
  return scopes.includes("work");
}
