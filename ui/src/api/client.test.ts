import { expect, test, vi } from "vitest";
import { answered, api } from "./client";

test("a question that a server never answers is given up, and who asked is told", async () => {
  const late = new DOMException("Too late.", "TimeoutError");
  vi.spyOn(AbortSignal, "timeout").mockReturnValue(AbortSignal.abort(late));
  vi.stubGlobal("fetch", async (_: Request, { signal }: RequestInit) => signal?.throwIfAborted());
  await expect(answered(api.GET("/api/meta"))).rejects.toMatchObject({ code: "unreachable" });
  vi.unstubAllGlobals();
});
