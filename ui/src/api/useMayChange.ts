import { type QueryClient, useQuery } from "@tanstack/react-query";
import { hasScope, requireScope, sessionQuery } from "./session";

/** Whether who looks at the pages may change what is there, and have flows run. */
export function useMayChange(): boolean {
  const { data: session } = useQuery(sessionQuery);
  return session !== undefined && hasScope(session, "work");
}

/** Before a page that only changes something: there are no links to it for others, but addresses. */
export async function askMayChange({ context }: { context: { queryClient: QueryClient } }) {
  requireScope(await context.queryClient.ensureQueryData(sessionQuery), "work");
}
