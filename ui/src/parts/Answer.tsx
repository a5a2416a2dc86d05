import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { isMissing } from "../api/error";
import { Missing } from "./Missing";
import { Problem } from "./Problem";

interface Asked<T> {
  query: UseQueryResult<T, Error>;
  /** Of a whole page: what it is about, and the command that lists what there is of it. */
  sought?: { what: string; command: string };
  children: (data: T) => ReactNode;
}

/** What the API answered; until then nothing, and what went wrong if it did. */
export function Answer<T>({ query, sought, children }: Asked<T>) {
  if (query.data !== undefined) return children(query.data);
  if (sought && isMissing(query.error)) {
    return <Missing {...sought} error={query.error} />;
  }
  if (query.error !== null) return <Problem error={query.error} retry={query.refetch} />;
  return (
    <p className="muted" role="status">
      Loading …
    </p>
  );
}
