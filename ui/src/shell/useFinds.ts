import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useDeferredValue } from "react";
import { answered, api } from "../api/client";
import type { Run } from "../api/types";
import { writeAddress } from "../browser/address";
import { useEntries } from "./useEntries";

export interface Found {
  kind: string;
  label: string;
  href: string;
}

const FEW = 6;
const ID = /^[0-9a-f-]{4,36}$/i;

/** What has that name, or an id that begins so: pages at once, the rest as the server answers. */
export function useFinds(typed: string): Found[] {
  const text = useDeferredValue(typed.trim());
  const { data: told = [] } = useQuery({
    queryKey: ["finds", text],
    queryFn: ({ signal }) => find(text, signal),
    enabled: text !== "",
    placeholderData: keepPreviousData,
  });
  const pages = useEntries()
    .filter(({ label }) => label.toLowerCase().includes(text.toLowerCase()))
    .map(({ label, to }) => ({ kind: "Page", label, href: to }));
  return text === "" ? pages : [...pages, ...told];
}

async function find(text: string, signal: AbortSignal): Promise<Found[]> {
  const found = await Promise.all([flows(text, signal), runs(text, signal), byId(text, signal)]);
  const byHref = new Map(found.flat().map((one) => [one.href, one]));
  return [...byHref.values()];
}

async function flows(text: string, signal: AbortSignal): Promise<Found[]> {
  const query = { text, limit: FEW };
  const { items } = await answered(api.GET("/api/flows", { params: { query }, signal }));
  return items.map(({ name }) => ({
    kind: "Flow",
    label: name,
    href: `/runs${writeAddress({ flow: name })}`,
  }));
}

async function runs(name: string, signal: AbortSignal): Promise<Found[]> {
  const query = { name, limit: FEW };
  const { items } = await answered(api.GET("/api/flow-runs", { params: { query }, signal }));
  return items.map(runFound);
}

async function byId(text: string, signal: AbortSignal): Promise<Found[]> {
  if (!ID.test(text)) return [];
  const query = { id_prefix: text.replaceAll("-", ""), limit: FEW };
  const { items } = await answered(api.GET("/api/flow-runs", { params: { query }, signal }));
  return items.map(runFound);
}

function runFound({ id, name, flow }: Run): Found {
  return {
    kind: `Run of ${flow ?? "a flow"}`,
    label: `${name} · ${id.slice(-8)}`,
    href: `/runs/${id}`,
  };
}
