import { describe, expect, test } from "vitest";
import { piecesOf, plain } from "./pieces";
import { soughtIn } from "./sought";

const COLOURED = "read \u001b[31mred \u001b[1mrows\u001b[0m of it";

function cut(text: string, find?: string): [string, string | null, boolean][] {
  return piecesOf(text, soughtIn(find)).map(({ text, colour, found }) => [text, colour, found]);
}

describe("a text", () => {
  test("is cut where its colours change", () => {
    expect(plain(COLOURED)).toBe("read red rows of it");
    expect(cut(COLOURED)).toEqual([
      ["read ", null, false],
      ["red ", "red", false],
      ["rows", "red", false],
      [" of it", null, false],
    ]);
  });

  test("is marked where a phrase is, across colours too", () => {
    expect(cut(COLOURED, "RED rows of")).toEqual([
      ["read ", null, false],
      ["red ", "red", true],
      ["rows", "red", true],
      [" of", null, true],
      [" it", null, false],
    ]);
  });

  test("is marked at each place of what is sought, which is no pattern", () => {
    expect(cut("a.b axb A.B", "a.b")).toEqual([
      ["a.b", null, true],
      [" axb ", null, false],
      ["A.B", null, true],
    ]);
  });

  test("has one mark for what stands side by side, and no end of marks otherwise", () => {
    expect(cut("x".repeat(10_000), "x")).toHaveLength(1);
    expect(cut("x ".repeat(10_000), "x").filter(([, , found]) => found)).toHaveLength(500);
  });

  test("without anything is nothing", () => {
    expect(cut("", "x")).toEqual([]);
  });
});
