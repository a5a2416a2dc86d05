import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem } from "./Problem";

interface Asked<T> {
  query: UseQueryResult<T, Error>;
  children: (data: T) => ReactNode;
}

/** What the API answered; until then nothing, and what went wrong if it did. */
export function Answer<T>({ query, children }: Asked<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error !== null) return <Problem error={query.error} retry={query.refetch} />;
  return (
    <p className="muted" role="status">
      Loading …
    </p>
  );
}
