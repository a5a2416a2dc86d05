import { createRoute } from "@tanstack/react-router";
import { askMayChange } from "../../api/useMayChange";
import { type Address, text, texts } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { historySearch } from "../../parts/resource/search";
import { frame } from "../../shell/frame";
import type { BlocksSearch, NewSearch } from "./search";

export const blocksRoute = createRoute({
  getParentRoute: () => frame,
  path: "/blocks",
  validateSearch: (search: Address): BlocksSearch => ({
    q: text(search.q),
    type: texts(search.type),
  }),
  staticData: { entry: { label: "Blocks", key: "b", order: 75, capability: "blocks" } },
  component: lazyPage(() => import("./BlocksPage"), "BlocksPage"),
});

export const blockTypesRoute = createRoute({
  getParentRoute: () => frame,
  path: "/blocks/types",
  component: lazyPage(() => import("./TypesPage"), "TypesPage"),
});

export const newBlockRoute = createRoute({
  getParentRoute: () => frame,
  path: "/blocks/new",
  beforeLoad: askMayChange,
  validateSearch: (search: Address): NewSearch => ({ type: text(search.type) }),
  component: lazyPage(() => import("./NewBlockPage"), "NewBlockPage"),
});

export const blockRoute = createRoute({
  getParentRoute: () => frame,
  path: "/blocks/$id",
  validateSearch: historySearch,
  component: lazyPage(() => import("./BlockPage"), "BlockPage"),
});

export const editBlockRoute = createRoute({
  getParentRoute: () => frame,
  path: "/blocks/$id/edit",
  beforeLoad: askMayChange,
  component: lazyPage(() => import("./EditBlockPage"), "EditBlockPage"),
});
