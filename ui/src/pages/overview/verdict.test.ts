import { describe, expect, test } from "vitest";
import type { FailureGroup } from "../../api/types";
import { sorted, verdicts } from "./verdict";

function group(flows: string[], recovered: string[] = []): FailureGroup {
  return { flows, recovered, runs: flows.length } as FailureGroup;
}

describe("the verdict", () => {
  test("is that nothing is wrong when all flows that failed have completed since", () => {
    const [verdict] = verdicts({
      failing: [group(["etl"], ["etl"])],
      late_count: { count: 0, partial: false },
    });
    expect(verdict).toMatchObject({ tone: "ok", text: "Nothing is failing, nothing is late" });
  });

  test("counts a flow once, whatever the reasons", () => {
    const failing = [group(["etl", "report"], ["report"]), group(["etl"])];
    const late_count = { count: 1, partial: false };
    expect(verdicts({ failing, late_count }).map(({ text }) => text)).toEqual([
      "1 flow is failing",
      "1 run is late",
    ]);
  });

  test("says that more may be late than were counted", () => {
    const [verdict] = verdicts({ failing: [], late_count: { count: 10_000, partial: true } });
    expect(verdict?.text).toBe("10,000+ runs are late");
  });
});

test("a group is past when each of its flows is well again", () => {
  const half = group(["etl", "report"], ["etl"]);
  const well = group(["etl"], ["etl"]);
  expect(sorted([well, half])).toEqual([[half], [well]]);
});
