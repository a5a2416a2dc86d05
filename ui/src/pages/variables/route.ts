import { createRoute } from "@tanstack/react-router";
import { text, texts } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";

interface Search {
  q?: string;
  tag?: string[];
}

export const variablesRoute = createRoute({
  getParentRoute: () => frame,
  path: "/variables",
  validateSearch: (search): Search => ({ q: text(search.q), tag: texts(search.tag) }),
  staticData: { entry: { label: "Variables", key: "v", order: 80, capability: "variables" } },
  component: lazyPage(() => import("./VariablesPage"), "VariablesPage"),
});
