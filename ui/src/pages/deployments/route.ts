import { createRoute } from "@tanstack/react-router";
import { askMayChange } from "../../api/useMayChange";
import { type Address, oneOf, text, texts } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";
import type { DeploymentsSearch, RunSearch } from "./search";

export const deploymentsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/deployments",
  validateSearch: (search: Address): DeploymentsSearch => ({
    q: text(search.q),
    flow: texts(search.flow),
    pool: texts(search.pool),
    tag: texts(search.tag),
    paused: oneOf(["yes", "no"], search.paused),
  }),
  staticData: { entry: { label: "Deployments", key: "d", order: 62, capability: "deployments" } },
  component: lazyPage(() => import("./DeploymentsPage"), "DeploymentsPage"),
});

export const deploymentRoute = createRoute({
  getParentRoute: () => frame,
  path: "/deployments/$id",
  component: lazyPage(() => import("./DeploymentPage"), "DeploymentPage"),
});

/** The form of a run. */
export const runDeploymentRoute = createRoute({
  getParentRoute: () => frame,
  path: "/deployments/$id/run",
  beforeLoad: askMayChange,
  validateSearch: (search: Address): RunSearch => ({ like: text(search.like) }),
  component: lazyPage(() => import("./RunDeploymentPage"), "RunDeploymentPage"),
});
