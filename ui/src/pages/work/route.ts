import { createRoute } from "@tanstack/react-router";
import { type Address, text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";

export const poolsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/work-pools",
  staticData: { entry: { label: "Work pools", key: "w", order: 66, capability: "work-pools" } },
  component: lazyPage(() => import("./PoolsPage"), "PoolsPage"),
});

export const poolRoute = createRoute({
  getParentRoute: () => frame,
  path: "/work-pools/$name",
  validateSearch: (search: Address): { open?: string } => ({ open: text(search.open) }),
  component: lazyPage(() => import("./PoolPage"), "PoolPage"),
});
