import { describe, expect, test } from "vitest";
import { completed, completionsOf, type Known } from "./completions";

const KNOWN: Known = { kind: ["s3", "flow-run"], type: ["s3.read.failed", "s3.read.completed"] };

function offered(text: string, cursor = text.length): string[] {
  return completionsOf(text, cursor, KNOWN).map(({ text }) => text);
}

describe("a term that is typed", () => {
  test("may become any field at first, and those that begin so", () => {
    expect(offered("")).toHaveLength(9);
    expect(offered("kind:s3 re")).toEqual(["resource:", "related:"]);
    expect(offered("-so")).toEqual(["-source:"]);
  });

  test("may become any value of its field that has what was typed", () => {
    expect(offered("kind:")).toEqual(["kind:s3", "kind:flow-run"]);
    expect(offered("-type:*failed")).toEqual(["-type:s3.read.failed"]);
  });

  test("is the one at the cursor", () => {
    const text = "kin lost";
    expect(offered(text, 3)).toEqual(["kind:"]);
    const [first] = completionsOf(text, 3, KNOWN);
    expect(first && completed(text, 3, first)).toEqual({ text: "kind:lost", cursor: 5 });
  });

  test("is followed by a space when it is whole", () => {
    const [first] = completionsOf("kind:s", 6, KNOWN);
    expect(first && completed("kind:s", 6, first)).toEqual({ text: "kind:s3 ", cursor: 8 });
  });
});
