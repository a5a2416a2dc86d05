/** What this server is, and what it can do. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "./client";

export const metaQuery = queryOptions({
  queryKey: ["meta"],
  queryFn: ({ signal }) => answered(api.GET("/api/meta", { signal })),
  staleTime: 60_000,
});

const PATIENCE_MS = 5_000;

/** Whether a server is there, whatever it says. */
export async function answers(): Promise<boolean> {
  return await fetch("/api/meta", { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    () => true,
    () => false,
  );
}
