import { createRoute } from "@tanstack/react-router";
import type { Address } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { frame } from "../../shell/frame";
import { summaryQuery } from "./queries";
import { readSearch } from "./search";

export const runRoute = createRoute({
  getParentRoute: () => frame,
  path: "/runs/$id",
  validateSearch: (search: Address) => readSearch(search),
  loader: ({ context: { queryClient }, params: { id } }) => {
    void queryClient.prefetchQuery(summaryQuery(id));
  },
  shouldReload: false,
  component: lazyPage(() => import("./RunPage"), "RunPage"),
});
