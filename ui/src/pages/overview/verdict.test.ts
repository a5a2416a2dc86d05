import { describe, expect, test } from "vitest";
import type { FailureGroup, Run } from "../../api/types";
import { sorted, verdicts } from "./verdict";

function group(flows: string[], recovered: string[] = []): FailureGroup {
  return { flows, recovered, runs: flows.length } as FailureGroup;
}

describe("the verdict", () => {
  test("is that nothing is wrong when all flows that failed have completed since", () => {
    const [verdict] = verdicts({ failing: [group(["etl"], ["etl"])], late: [] });
    expect(verdict).toMatchObject({ tone: "ok", text: "Nothing is failing, nothing is late" });
  });

  test("counts a flow once, whatever the reasons", () => {
    const failing = [group(["etl", "report"], ["report"]), group(["etl"])];
    expect(verdicts({ failing, late: [{} as Run] }).map(({ text }) => text)).toEqual([
      "1 flow is failing",
      "1 run is late",
    ]);
  });
});

test("a group is past when each of its flows is well again", () => {
  const half = group(["etl", "report"], ["etl"]);
  const well = group(["etl"], ["etl"]);
  expect(sorted([well, half])).toEqual([[half], [well]]);
});
