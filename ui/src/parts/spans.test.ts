import { expect, test } from "vitest";
import { windowOf } from "./spans";

test("a span begins and ends with a whole step, so that it stands still while time passes", () => {
  const window = windowOf("24h", new Date("2026-01-31T10:17:00Z"));
  expect(window).toEqual({
    since: new Date("2026-01-30T10:00:00Z"),
    until: new Date("2026-01-31T10:20:00Z"),
    step: 1200,
  });
  expect(windowOf("24h", new Date("2026-01-31T10:19:59Z"))).toEqual(window);
});

test("a span is never shorter than it says", () => {
  const now = new Date("2026-01-31T10:20:00Z");
  for (const [span, hours] of [
    ["1h", 1],
    ["24h", 24],
    ["7d", 168],
    ["30d", 720],
  ] as const) {
    const { since, until } = windowOf(span, now);
    expect(now.getTime() - since.getTime()).toBeGreaterThanOrEqual(hours * 3_600_000);
    expect(until.getTime()).toBeGreaterThan(now.getTime());
  }
});
