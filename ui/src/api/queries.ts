/** How answers are kept, and when a question is asked again. */
import { type Query, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./error";
import { live } from "./live";

const TRIES = 3;
const FRESH_MS = 5_000;

/** How far the log was seen when a question was asked last. */
const positions = new WeakMap<object, string | null>();

/** Whether an answer may lack what the stream has gone past since it was asked for: nobody tells it again. */
export function isBehind(query: object): boolean {
  return positions.get(query) !== live.position;
}

export function createQueryClient(
  onError: (problem: Error, query: Pick<Query, "queryKey">) => void,
): QueryClient {
  const queryCache = new QueryCache({ onError });
  queryCache.subscribe((told) => {
    if (told.type === "updated" && told.action.type === "fetch") {
      positions.set(told.query, live.position);
    }
  });
  return new QueryClient({
    queryCache,
    defaultOptions: {
      queries: {
        staleTime: (query) => (isBehind(query) ? 0 : FRESH_MS),
        retry: (failures, problem) =>
          problem instanceof ApiError && problem.passing && failures < TRIES,
      },
      mutations: { retry: false },
    },
  });
}
