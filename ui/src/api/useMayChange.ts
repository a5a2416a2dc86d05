import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "./session";

/** Whether who looks at the pages may change what is there, and have flows run. */
export function useMayChange(): boolean {
  const { data: session } = useQuery(sessionQuery);
  return session?.scopes.includes("work") ?? false;
}
