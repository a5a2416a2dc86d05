import { createRoute } from "@tanstack/react-router";
import { text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { root } from "../../shell/root";

interface Search {
  /** Where to go afterwards: a path of ours. */
  to?: string;
}

export const loginRoute = createRoute({
  getParentRoute: () => root,
  path: "/login",
  validateSearch: (search): Search => ({ to: ownPath(text(search.to)) }),
  component: lazyPage(() => import("./LoginPage"), "LoginPage"),
});

function ownPath(to: string | undefined): string | undefined {
  if (to === undefined || !URL.canParse(to, location.origin)) return undefined;
  return new URL(to, location.origin).origin === location.origin ? to : undefined;
}
