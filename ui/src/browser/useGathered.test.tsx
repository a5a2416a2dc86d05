import { renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useGathered } from "./useGathered";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("what comes in while a promise is open that is rejected is handed on", async () => {
  const report = vi.fn();
  vi.stubGlobal("reportError", report);
  const away = new Error("the server is away");
  const hand = vi.fn<(things: Set<number>) => Promise<void>>().mockRejectedValueOnce(away);
  const { result } = renderHook(() => useGathered(hand, 100));
  result.current([1]);
  vi.advanceTimersByTime(100);
  result.current([2, 3]);
  await vi.advanceTimersByTimeAsync(100);
  expect(hand.mock.calls).toEqual([[new Set([1])], [new Set([2, 3])]]);
  expect(report).toHaveBeenCalledExactlyOnceWith(away);
  vi.unstubAllGlobals();
});

test("nothing is handed on once it is not shown any more", async () => {
  let settle = () => {};
  const hand = vi.fn(() => new Promise<void>((resolve) => (settle = resolve)));
  const { result, unmount } = renderHook(() => useGathered(hand, 100));
  result.current([1]);
  vi.advanceTimersByTime(100);
  result.current([2]);
  unmount();
  settle();
  await vi.advanceTimersByTimeAsync(1000);
  expect(hand).toHaveBeenCalledOnce();
});
