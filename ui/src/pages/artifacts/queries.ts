/** What the pages ask of the artifacts. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { AS_TEXT, answered, api, exactly } from "../../api/client";
import { readJson } from "../../api/exact";
import { pagesOf } from "../../api/pages";
import type { Artifact, RunRef } from "../../api/types";
import type { ArtifactsSearch } from "./search";

export function artifactsQuery({ kind, key }: ArtifactsSearch) {
  const wanted = {
    kind: kind && [kind],
    key: key === undefined ? undefined : [key],
    latest: key === undefined ? true : undefined,
  };
  return infiniteQueryOptions({
    queryKey: ["artifacts", "list", wanted],
    queryFn: ({ pageParam: cursor, signal }) =>
      answered(api.GET("/api/artifacts", { params: { query: { ...wanted, cursor } }, signal })),
    ...pagesOf<Artifact>(),
    placeholderData: keepPreviousData,
  });
}

/** The artifact with its body, which a large one has elsewhere. */
export function artifactQuery(id: string) {
  return queryOptions({
    queryKey: ["artifacts", "one", id],
    queryFn: async ({ signal }): Promise<Artifact> => {
      const asked = { params: { path: { id } }, signal, ...AS_TEXT };
      const artifact = await exactly(api.GET("/api/artifacts/{id}", asked));
      if (artifact.body !== null) return artifact;
      const body = await answered(api.GET("/api/artifacts/{id}/body", asked));
      return { ...artifact, body: readJson(String(body)) };
    },
  });
}

/** A run in which one was made. */
export function runQuery({ id, kind }: RunRef) {
  const params = { path: { id } };
  return queryOptions({
    queryKey: ["artifacts", "run", kind, id],
    queryFn: ({ signal }) => answered(api.GET(`/api/${kind}s/{id}`, { params, signal })),
  });
}
