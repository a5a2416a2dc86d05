import { render } from "@testing-library/react";
import { afterEach, expect, test, vi } from "vitest";
import { now, runs, started } from "../../../tests/support/took.json";
import type { Run } from "../api/types";
import { Took } from "./Took";

afterEach(() => vi.useRealTimers());

/** The command line is held to the same table. */
test.each(runs)("a run in $state, its process $process, took $took", (told) => {
  const [type, name] = told.state;
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(now) });
  const run = { started, ended: null, ...told, state: { type, name } } as unknown as Run;
  expect(render(<Took run={run} />).container.textContent).toBe(told.took || "–");
});
