import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../../api/session";

/** Whether who looks at the pages may make, change and delete blocks. */
export function useMayChange(): boolean {
  const { data: session } = useQuery(sessionQuery);
  return session?.scopes.includes("work") ?? false;
}
