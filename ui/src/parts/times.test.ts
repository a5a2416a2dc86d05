import { describe, expect, test } from "vitest";
import { away, clock, dayOf, duration, micros, minute, moment, whole } from "./times";

const AT = new Date("2026-01-31T02:13:04.402Z");

describe("a duration", () => {
  test.each([
    [0.0004, "0ms"],
    [0.32, "320ms"],
    [0.9999, "1.0s"],
    [59.96, "1m 00s"],
    [867, "14m 27s"],
    [7_500, "2h 05m"],
    [3 * 86_400 + 4 * 3_600, "3d 04h"],
  ])("of %d s is %s", (seconds, said) => expect(duration(seconds)).toBe(said));
});

describe("a time", () => {
  test("is shown on the chosen clock", () => {
    expect(clock(AT, "UTC")).toBe("02:13:04");
    expect(moment(AT, "UTC", AT)).toBe("Jan 31, 02:13:04");
    expect(minute(AT, "UTC")).toBe("02:13");
    expect(dayOf(AT, "UTC")).toBe("Jan 31");
  });

  test("has its year where that is not this one", () => {
    const later = new Date("2027-01-01T00:00:00Z");
    expect(moment(AT, "UTC", later)).toBe("Jan 31, 2026, 02:13:04");
  });

  test("is as exact as the API says it", () => {
    expect(micros("2026-01-31T02:13:04.402001Z") - micros("2026-01-31T02:13:04.401999Z")).toBe(2);
    expect(micros("2026-01-31T02:13:04Z")).toBe(micros("2026-01-31T02:13:04.000000Z"));
  });

  test("is told whole, with its zone", () => {
    expect(whole(AT, "UTC")).toBe("2026-01-31 02:13:04.402 UTC");
  });

  test.each([
    [0, "now"],
    [59, "59s ago"],
    [3_600, "1h ago"],
    [-120, "in 2m"],
  ])("%d s before now is %s", (seconds, said) => {
    expect(away(AT, new Date(AT.getTime() + seconds * 1000))).toBe(said);
  });
});
