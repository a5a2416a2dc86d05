import { createRoute, redirect } from "@tanstack/react-router";
import { type Address, text, texts } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { resourceQuery } from "../../parts/resource/queries";
import { historySearch } from "../../parts/resource/search";
import { frame } from "../../shell/frame";
import { resourceOf } from "./resourceOf";
import type { ResourceSearch, ResourcesSearch } from "./search";

export const resourcesRoute = createRoute({
  getParentRoute: () => frame,
  path: "/resources",
  validateSearch: (search: Address): ResourcesSearch => ({
    q: text(search.q),
    kind: texts(search.kind),
    system: text(search.system),
  }),
  staticData: { entry: { label: "Resources", key: "s", order: 30, capability: "resource-health" } },
  component: lazyPage(() => import("./ResourcesPage"), "ResourcesPage"),
});

export const resourceRoute = createRoute({
  getParentRoute: () => frame,
  path: "/resource",
  validateSearch: (search: Address): ResourceSearch => ({
    id: text(search.id) ?? "",
    ...historySearch(search),
  }),
  beforeLoad: ({ search: { id } }) => {
    if (id === "") throw redirect({ to: "/resources", replace: true });
  },
  loaderDeps: ({ search: { id } }) => ({ id }),
  loader: ({ context: { queryClient }, deps: { id } }) => {
    void queryClient.prefetchQuery(resourceQuery(id));
  },
  shouldReload: false,
  component: lazyPage(() => import("./ResourcePage"), "ResourcePage"),
});

/** `/resources/s3://lake`, as people write it. Addresses of ours have the id in their query. */
export const resourcePathRoute = createRoute({
  getParentRoute: () => frame,
  path: "/resources/$first/$",
  beforeLoad: ({ params: { first, _splat: rest = "" } }) => {
    throw redirect({ to: "/resource", search: { id: resourceOf(first, rest) }, replace: true });
  },
});
