import { createRoute } from "@tanstack/react-router";
import { type Address, oneOf, text } from "../../browser/address";
import { lazyPage } from "../../browser/lazyPage";
import { parseRange } from "../../browser/range";
import { SPANS } from "../../parts/spans";
import { frame } from "../../shell/frame";
import { BASES, type EventsSearch, LAYERS } from "./search";

export const eventsRoute = createRoute({
  getParentRoute: () => frame,
  path: "/events",
  validateSearch: (search: Address): EventsSearch => ({
    q: text(search.q),
    span: oneOf(SPANS, search.span),
    t: range(search.t),
    sel: range(search.sel),
    by: oneOf(LAYERS, search.by),
    compare: oneOf(BASES, search.compare),
    open: text(search.open),
  }),
  staticData: { entry: { label: "Events", key: "e", order: 40, capability: "events" } },
  component: lazyPage(() => import("./EventsPage"), "EventsPage"),
});

function range(value: Address[string]): string | undefined {
  return parseRange(text(value)) && text(value);
}
