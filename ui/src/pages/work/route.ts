import { createRoute } from "@tanstack/react-router";
import { type Address, oneOf, text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";

interface PoolSearch {
  /** The event that is open. */
  open?: string;
  /** Whether the job variables are listed. */
  template?: "open";
}

export const poolsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/work-pools",
  staticData: { entry: { label: "Work pools", key: "w", order: 66, capability: "work-pools" } },
  component: lazyPage(() => import("./PoolsPage"), "PoolsPage"),
});

export const poolRoute = createRoute({
  getParentRoute: () => frame,
  path: "/work-pools/$name",
  validateSearch: (search: Address): PoolSearch => ({
    open: text(search.open),
    template: oneOf(["open"], search.template),
  }),
  component: lazyPage(() => import("./PoolPage"), "PoolPage"),
});
