import { createRoute } from "@tanstack/react-router";
import { type Address, text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";
import type { Context } from "../../shell/root";
import { flowQuery } from "./queries";

export const flowRoute = createRoute({
  getParentRoute: () => frame,
  path: "/flows/$name",
  loader: ({ context, params }) => prefetch(context, params),
  shouldReload: false,
  component: lazyPage(() => import("./FlowPage"), "FlowPage"),
});

/** `/flow?name=..`: of a flow whose name cannot stand in a path. */
export const anyFlowRoute = createRoute({
  getParentRoute: () => frame,
  path: "/flow",
  validateSearch: (search: Address) => ({ name: text(search.name) ?? "" }),
  loaderDeps: ({ search: { name } }) => ({ name }),
  loader: ({ context, deps }) => prefetch(context, deps),
  shouldReload: false,
  component: lazyPage(() => import("./FlowPage"), "AnyFlowPage"),
});

function prefetch({ queryClient }: Context, { name }: { name: string }): void {
  void queryClient.prefetchQuery(flowQuery(name));
}
