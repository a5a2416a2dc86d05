/** What the page asks of a flow. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../../api/client";

export function flowQuery(name: string) {
  return queryOptions({
    queryKey: ["flow", name, "detail"],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow", { params: { query: { name } }, signal })),
  });
}

export function gridQuery(name: string) {
  return queryOptions({
    queryKey: ["flow", name, "grid"],
    queryFn: ({ signal }) =>
      answered(api.GET("/api/flow/grid", { params: { query: { name } }, signal })),
  });
}
