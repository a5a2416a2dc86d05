import { describe, expect, test } from "vitest";
import { readRule, ruleText, typedRule } from "./rules";

describe("a rule that is typed", () => {
  test.each([
    ["90", 90],
    ["15m", 900],
    ["1h 30m", 5_400],
    ["1.5 d", 129_600],
  ])("is an interval of %s", (text, seconds) => {
    expect(readRule("interval", text)).toEqual({ kind: "interval", seconds, anchor: null });
  });

  test.each(["", "soon", "-5", "1y"])("is no interval yet: %j", (text) => {
    expect(readRule("interval", text)).toBeNull();
  });

  test("keeps what has no field: how days are joined, what is counted from", () => {
    const cron = { kind: "cron", cron: "0 2 * * *", day_or: false } as const;
    expect(readRule("cron", "0 3 * * *", cron)).toEqual({ ...cron, cron: "0 3 * * *" });
    const interval = { kind: "interval", seconds: 60, anchor: "2026-01-31T00:00:00Z" } as const;
    expect(readRule("interval", "2m", interval)).toEqual({ ...interval, seconds: 120 });
  });

  test("is what stands in the field when it is changed", () => {
    const rule = { kind: "rrule", rrule: "FREQ=DAILY" } as const;
    expect(readRule("rrule", typedRule(rule))).toEqual(rule);
    expect(ruleText(rule)).toBe("rrule FREQ=DAILY");
  });
});
