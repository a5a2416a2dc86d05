import { render } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { Run, StateType } from "../api/types";
import { Took } from "./Took";

const STARTED = "2026-01-31T02:13:04.402999Z";

function said(type: StateType, name: string, ended: string | null = null): string | null {
  const run = { started: STARTED, ended, state: { type, name } } as Run;
  return render(<Took run={run} />).container.textContent;
}

describe("how long a run took", () => {
  test("is exact to the last digit that is told", () => {
    expect(said("COMPLETED", "Completed", "2026-01-31T02:13:04.403001Z")).toBe("0ms");
  });

  test.each([
    ["SCHEDULED", "Scheduled"],
    ["SCHEDULED", "Late"],
    ["PENDING", "Submitting"],
  ] as const)("of one that is to be started again, %s %s, does not go on", (type, name) => {
    expect(said(type, name)).toBe("–");
  });

  test("goes on where it tries again by itself", () => {
    expect(said("SCHEDULED", "AwaitingRetry")).toMatch(/\d/);
  });
});
