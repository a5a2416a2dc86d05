import { describe, expect, test } from "vitest";
import { axisOf, focusedAxis, isBeside, panned, ticks, within, zoomed } from "./axis";

const MINUTE = 60e6;

describe("an axis", () => {
  test("leads from times to places and back", () => {
    const { shareOf, timeOf } = axisOf({ from: 100, to: 300 });
    expect(shareOf(150)).toBe(0.25);
    expect(timeOf(0.25)).toBe(150);
    expect(shareOf(50)).toBe(-0.25);
  });

  test("gives folded time next to no room, and still leads back", () => {
    const { shareOf, timeOf } = axisOf({ from: 0, to: 1000 }, [{ from: 100, to: 900 }]);
    expect(shareOf(900) - shareOf(100)).toBeLessThan(0.06);
    for (const time of [0, 50, 100, 500, 900, 950, 1000]) {
      expect(timeOf(shareOf(time))).toBeCloseTo(time, 6);
    }
    expect(shareOf(1000)).toBe(1);
  });

  test("keeps most of its room for what is in focus, however much is around it", () => {
    const focus = { from: 1000, to: 1100 };
    const far = focusedAxis(focus, { from: 0, to: 1150 });
    expect(far.shareOf(1100) - far.shareOf(1000)).toBeCloseTo(0.8);
    for (const time of [0, 500, 1000, 1050, 1100, 1150]) {
      expect(far.timeOf(far.shareOf(time))).toBeCloseTo(time, 6);
    }
    expect(far.shareOf(1150)).toBeCloseTo(1);
    const near = focusedAxis(focus, { from: 990, to: 1100 });
    expect(near.shareOf(1000)).toBeCloseTo(10 / 110);
  });

  test("has round times written at it, not more than there is room for", () => {
    const axis = axisOf({ from: 0.5 * MINUTE, to: 14.5 * MINUTE });
    const { times, step } = ticks(axis, 8);
    expect(step).toBe(2 * MINUTE);
    expect(times.map((time) => time / MINUTE)).toEqual([2, 4, 6, 8, 10, 12, 14]);
    const folded = axisOf(axis.view, [{ from: MINUTE, to: 14 * MINUTE }]);
    expect(ticks(folded, 8).times.length).toBeLessThan(4);
  });

  test("is looked at more closely around a place that stays", () => {
    const axis = axisOf({ from: 0, to: MINUTE });
    const view = zoomed(axis, 0.5, 0.25);
    expect(view).toEqual({ from: MINUTE / 8, to: (MINUTE * 5) / 8 });
    expect(axisOf(view).shareOf(MINUTE / 4)).toBeCloseTo(0.25);
  });

  test("is not moved away from all that there is", () => {
    const whole = { from: 0, to: 1000 };
    expect(within(panned(axisOf({ from: 200, to: 400 }), 20), whole)).toEqual({
      from: 800,
      to: 1000,
    });
    expect(within({ from: -500, to: 2000 }, whole)).toEqual(whole);
    expect(isBeside({ from: 1100, to: 1200 }, whole)).toBe(true);
    expect(isBeside({ from: 900, to: 1200 }, whole)).toBe(false);
  });
});
