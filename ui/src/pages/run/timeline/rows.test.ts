import { describe, expect, test } from "vitest";
import { type Made, madeEvents, madeId, madeRuns } from "../made";
import { type Row, rowsOf, type Wanted } from "./rows";

const MAPPED: Made[] = [
  { label: "nightly", from: 0, to: 60 },
  { label: "extract", from: 0, to: 5 },
  ...Array.from({ length: 30 }, (_, index) => ({
    label: "clean",
    from: 5,
    to: 20,
    state: index === 7 ? ("FAILED" as const) : undefined,
  })),
  { label: "load", flow: true, from: 20, to: 60 },
  { label: "insert", parent: 32, from: 20, to: 50 },
];

const NOTHING = { turned: new Set<string>() };

function told(made: Made[], wanted: Partial<Wanted> = {}): string[] {
  const runs = madeRuns(made);
  const happenings = madeEvents(runs, [{ at: 1, name: "s3.read", system: "s3://lake" }]);
  return rowsOf(runs, happenings, { ...NOTHING, ...wanted }).map(words);
}

function words(row: Row): string {
  const mark = { true: "-", false: "+", null: " " }[String(row.open)];
  const name =
    row.kind === "lane"
      ? row.lane.system
      : row.kind === "group"
        ? `${row.label} x${row.members.length}`
        : String(row.run);
  return `${"  ".repeat(row.level - 1)}${mark}${name}`;
}

describe("the rows of a timeline", () => {
  test("are systems, then the tree, in which mapped tasks are one and what failed is seen", () => {
    expect(told(MAPPED)).toEqual([
      " s3://lake",
      "-0",
      "   1",
      "  +clean x30",
      "     9",
      "  -32",
      "     33",
    ]);
  });

  test("have all of a group that is open, and nothing of a run that is closed", () => {
    const turned = new Set([`group:${madeId(0)}/clean`, madeId(32)]);
    const rows = told(MAPPED, { turned });
    expect(rows).toHaveLength(1 + 1 + 1 + 1 + 30 + 1);
    expect(rows.at(-1)).toBe("  +32");
  });

  test("always have what is selected", () => {
    const turned = new Set([madeId(32)]);
    expect(told(MAPPED, { shown: madeId(33), turned })).toContain("     33");
    expect(told(MAPPED, { shown: madeId(20) })).toContain("     20");
  });

  test("are narrowed to names, with what is above them", () => {
    expect(told(MAPPED, { text: "INSERT" })).toEqual(["-0", "  -32", "     33"]);
    expect(told(MAPPED, { text: "lake" })).toEqual([" s3://lake", " 0"]);
  });

  test("of ten thousand mapped runs are few", () => {
    const many = Array.from({ length: 10_000 }, () => ({ label: "clean", from: 0, to: 1 }));
    expect(told([{ label: "nightly", from: 0, to: 9 }, ...many])).toEqual([
      " s3://lake",
      "-0",
      "  +clean x10000",
    ]);
  });
});
