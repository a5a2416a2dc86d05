/** All pages by their addresses. A page is added by its route: one line here. */
import type { QueryClient } from "@tanstack/react-query";
import { createRouter } from "@tanstack/react-router";
import { parseAddress, writeAddress } from "./browser/address";
import { aboutRoute } from "./pages/about/route";
import { artifactRoute, artifactsRoute } from "./pages/artifacts/route";
import {
  blockRoute,
  blocksRoute,
  blockTypesRoute,
  editBlockRoute,
  newBlockRoute,
} from "./pages/blocks/route";
import { deploymentRoute, deploymentsRoute, runDeploymentRoute } from "./pages/deployments/route";
import { eventsRoute } from "./pages/events/route";
import { anyFlowRoute, flowRoute } from "./pages/flow/route";
import { flowsRoute } from "./pages/flows/route";
import { loginRoute } from "./pages/login/route";
import { mapRoute } from "./pages/map/route";
import { overviewRoute } from "./pages/overview/route";
import { resourcePathRoute, resourceRoute, resourcesRoute } from "./pages/resources/route";
import { runRoute } from "./pages/run/route";
import { runsRoute } from "./pages/runs/route";
import { variablesRoute } from "./pages/variables/route";
import { poolRoute, poolsRoute } from "./pages/work/route";
import { BrokenPage } from "./shell/Broken";
import { frame } from "./shell/frame";
import { notFoundRoute } from "./shell/NotFound";
import { root } from "./shell/root";

const tree = root.addChildren([
  loginRoute,
  frame.addChildren([
    overviewRoute,
    flowsRoute,
    flowRoute,
    anyFlowRoute,
    mapRoute,
    runsRoute,
    runRoute,
    eventsRoute,
    resourcesRoute,
    resourceRoute,
    resourcePathRoute,
    artifactsRoute,
    artifactRoute,
    blocksRoute,
    blockTypesRoute,
    newBlockRoute,
    blockRoute,
    editBlockRoute,
    deploymentsRoute,
    deploymentRoute,
    runDeploymentRoute,
    poolsRoute,
    poolRoute,
    variablesRoute,
    aboutRoute,
    notFoundRoute,
  ]),
]);

export function createPages(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    parseSearch: parseAddress,
    stringifySearch: writeAddress,
    // Queries keep what they know by themselves.
    defaultPreloadStaleTime: 0,
    defaultPreload: "intent",
    scrollRestoration: true,
    // Of a page alone: the navigation around it stays.
    defaultErrorComponent: BrokenPage,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createPages>;
  }
}
