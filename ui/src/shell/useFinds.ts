import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { answered, api } from "../api/client";
import type { Schemas } from "../api/types";
import { artifactPath, flowPath, resourcePath, runPath, variablePath } from "../parts/places";
import { useEntries } from "./useEntries";

export interface Found {
  kind: string;
  label: string;
  href: string;
}

type Hit = Schemas["Hit"];

/** Kinds that have pages: their word, and where one of them is shown. */
const SHOWN: Partial<Record<Hit["kind"], [word: string, path: (hit: Hit) => string]>> = {
  flow: ["Flow", ({ name }) => flowPath(name)],
  "flow-run": ["Run", ({ id }) => runPath(id)],
  resource: ["Resource", ({ id }) => resourcePath(id)],
  artifact: ["Artifact", ({ id }) => artifactPath(id)],
  variable: ["Variable", ({ name }) => variablePath(name)],
};

/** What has that name, or an id that begins so: pages at once, the rest as the server answers. */
export function useFinds(typed: string): Found[] {
  const text = useDeferredValue(typed.trim());
  const { data = [] } = useQuery({
    queryKey: ["finds", text],
    queryFn: ({ signal }) => find(text, signal),
    enabled: text !== "",
    placeholderData: keepPreviousData,
  });
  const pages = useEntries()
    .filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))
    .map(({ label, to }) => ({ kind: "Page", label, href: to }));
  return text === "" ? pages : [...pages, ...data];
}

async function find(q: string, signal: AbortSignal): Promise<Found[]> {
  const { items } = await answered(api.GET("/api/search", { params: { query: { q } }, signal }));
  return items.flatMap((hit) => {
    const [word, path] = SHOWN[hit.kind] ?? [];
    if (word === undefined || path === undefined) return [];
    const kind = hit.about === null ? word : `${word} · ${hit.about}`;
    return [{ kind, label: hit.name, href: path(hit) }];
  });
}
