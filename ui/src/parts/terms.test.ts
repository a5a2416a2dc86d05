import { describe, expect, test } from "vitest";
import { hasTerm, termsOf, termText, toggledTerm } from "./terms";

function read(text: string): string[] {
  return termsOf(text).map(
    ({ field, value, negated }) => `${negated ? "not " : ""}${field} ${value}`,
  );
}

describe("a query text", () => {
  test("is read as the server reads it", () => {
    expect(read('resource:s3://lake type:*failed -source:flow "two words" s3://lake')).toEqual([
      "resource s3://lake",
      "type *failed",
      "not source flow",
      "text two words",
      "text s3://lake",
    ]);
  });

  test("is read as far as it is typed", () => {
    expect(read('type: kind:"s')).toEqual(["type ", "kind s"]);
    expect(read('nothing:is like "this')).toEqual(["text like", "text this"]);
  });

  test("says where each term stands", () => {
    expect(termsOf(" a  kind:s3").map(({ start, end }) => [start, end])).toEqual([
      [1, 2],
      [4, 11],
    ]);
  });
});

describe("a term", () => {
  test.each([
    [{ field: "kind", value: "s3" }, "kind:s3"],
    [{ field: "source", value: "flow", negated: true }, "-source:flow"],
    [{ field: "resource", value: 's3://lake/a "b"' }, 'resource:"s3://lake/a \\"b\\""'],
    [{ field: "text", value: "type:x" }, '"type:x"'],
  ] as const)("%o is written so that it is read again", (term, written) => {
    expect(termText(term)).toBe(written);
    expect(hasTerm(written, term)).toBe(true);
  });

  test("is put at the end, and taken away again", () => {
    const kind = { field: "kind", value: "s3" } as const;
    expect(toggledTerm("lost", kind)).toBe("lost kind:s3");
    expect(toggledTerm("lost kind:s3 type:a", kind)).toBe("lost type:a");
    expect(toggledTerm("kind:s3", kind)).toBeUndefined();
  });
});
