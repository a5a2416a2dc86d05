/** How answers are kept, and when a question is asked again. */
import { type Query, QueryCache, QueryClient } from "@tanstack/react-query";
import { ApiError } from "./error";

const TRIES = 3;

export function createQueryClient(
  onError: (problem: Error, query: Pick<Query, "queryKey">) => void,
): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        retry: (failures, problem) =>
          problem instanceof ApiError && problem.passing && failures < TRIES,
      },
      mutations: { retry: false },
    },
  });
}
