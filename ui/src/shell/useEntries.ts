import { useQuery } from "@tanstack/react-query";
import { type RegisteredRouter, useRouter } from "@tanstack/react-router";
import { metaQuery } from "../api/meta";
import type { Entry } from "./entry";

export interface Place extends Entry {
  to: keyof RegisteredRouter["routesByPath"];
}

/** The pages that this server has something for, in their order. */
export function useEntries(): Place[] {
  const router = useRouter();
  const { data: meta } = useQuery(metaQuery);
  return Object.values(router.routesById)
    .flatMap((route) => {
      const { entry } = route.options.staticData ?? {};
      return entry === undefined ? [] : [{ ...entry, to: route.fullPath as Place["to"] }];
    })
    .filter(({ capability }) => capability === undefined || meta?.capabilities.includes(capability))
    .sort((one, other) => one.order - other.order);
}
