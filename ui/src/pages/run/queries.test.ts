import { QueryClient } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { summaryQuery } from "./queries";

afterEach(() => vi.unstubAllGlobals());

test.each([
  ["unavailable", 503, "unavailable"],
  ["unauthenticated", 401, "unauthenticated"],
  ["not-found", 404, "No flow run"],
])(
  "of a run that is no flow run, what is said of the task run counts: %s",
  async (code, status, told) => {
    vi.stubGlobal("fetch", async ({ url }: Request) =>
      url.includes("/flow-runs/")
        ? Response.json({ code: "not-found", message: "No flow run" }, { status: 404 })
        : Response.json({ code, message: code }, { status }),
    );
    await expect(new QueryClient().fetchQuery(summaryQuery("r"))).rejects.toThrow(told);
  },
);
