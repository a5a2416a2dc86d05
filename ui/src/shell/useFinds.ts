import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { answered, api } from "../api/client";
import type { Schemas } from "../api/types";
import {
  artifactPath,
  blockPath,
  deploymentPath,
  eventPath,
  flowPath,
  poolPath,
  resourcePath,
  runPath,
  variablePath,
} from "../parts/places";
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
  "task-run": ["Task run", ({ id }) => runPath(id)],
  "block-document": ["Block", ({ id }) => blockPath(id)],
  resource: ["Resource", ({ id }) => resourcePath(id)],
  artifact: ["Artifact", ({ id }) => artifactPath(id)],
  variable: ["Variable", ({ name }) => variablePath(name)],
  "work-pool": ["Work pool", ({ name }) => poolPath(name)],
  event: ["Event", ({ id }) => eventPath(id)],
};

interface Finds {
  finds: Found[];
  /** Why nothing but pages was looked for. */
  error: Error | null;
}

/** What has that name, or an id that begins or ends so: pages at once, the rest as the server answers. */
export function useFinds(typed: string): Finds {
  const text = typed.trim();
  const asked = useDeferredValue(text);
  const {
    data = [],
    error,
    isPlaceholderData,
  } = useQuery({
    queryKey: ["finds", asked],
    queryFn: ({ signal }) => find(asked, signal),
    enabled: asked !== "",
    placeholderData: keepPreviousData,
  });
  const named = ({ label }: { label: string }) => label.toLowerCase().includes(text.toLowerCase());
  const pages = useEntries()
    .filter(named)
    .map(({ label, to }) => ({ kind: "Page", label, href: to }));
  if (text === "") return { finds: pages, error: null };
  // Enter may come before the answer: what was found for a shorter text is not what is meant.
  const found = asked === text && !isPlaceholderData ? data : data.filter(named);
  return { finds: [...pages, ...found], error };
}

async function find(q: string, signal: AbortSignal): Promise<Found[]> {
  const [told, ...asked] = await Promise.all([
    answered(api.GET("/api/search", { params: { query: { q } }, signal })),
    findDeployments(q, signal),
    findPools(q, signal),
  ]);
  // Of what is found twice, a deployment as a resource, the last is what it is.
  const byPlace = new Map([...foundOf(told.items), ...asked.flat()].map((one) => [one.href, one]));
  return [...byPlace.values()];
}

const FEW = 5;

async function findDeployments(text: string, signal: AbortSignal): Promise<Found[]> {
  const query = { text, limit: FEW };
  const { items } = await answered(api.GET("/api/deployments", { params: { query }, signal }));
  return items.map(({ id, flow, name }) => ({
    kind: "Deployment",
    label: `${flow}/${name}`,
    href: deploymentPath(id),
  }));
}

async function findPools(text: string, signal: AbortSignal): Promise<Found[]> {
  const pools = await answered(api.GET("/api/work-pools", { signal }));
  return pools
    .filter(({ name }) => name.toLowerCase().includes(text.toLowerCase()))
    .slice(0, FEW)
    .map(({ name }) => ({ kind: "Work pool", label: name, href: poolPath(name) }));
}

function foundOf(hits: readonly Hit[]): Found[] {
  return hits.flatMap((hit) => {
    const [word, path] = SHOWN[hit.kind] ?? [];
    if (word === undefined || path === undefined) return [];
    const kind = hit.about === null ? word : `${word} · ${hit.about}`;
    return [{ kind, label: hit.name, href: path(hit) }];
  });
}
