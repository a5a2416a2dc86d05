import { describe, expect, test } from "vitest";
import { isRecord, numberIn, readAnswer, readJson, writeJson } from "./exact";

describe("JSON that is read and written", () => {
  test("has every digit that it had, and its texts as they were", () => {
    for (const json of [
      "-1001234567890123456",
      "[1.0,1e+16,-0,0.1234567890123456789,5,null]",
      String.raw`{"a 12345678901234567890":"\\\" 12345678901234567890 \\","b":{"c":[12345678901234567890]}}`,
    ]) {
      expect(writeJson(readJson(json))).toBe(json);
    }
  });

  test("is an error where it is none", () => {
    for (const text of ["01", "{", "1.", ""]) expect(() => readJson(text)).toThrow(SyntaxError);
  });

  test("is indented as people read it", () => {
    expect(writeJson(readJson('{"id":9007199254740993}'), 2)).toBe(
      '{\n  "id": 9007199254740993\n}',
    );
  });
});

test("a number that the browser writes as it was typed is one of its own", () => {
  expect(numberIn("12")).toBe(12);
  expect(String(numberIn("9007199254740993"))).toBe("9007199254740993");
  expect(numberIn("twelve")).toBeNaN();
});

test("a number is no record, whichever way it is read", () => {
  expect(isRecord(readJson('{"a":1}'))).toBe(true);
  for (const json of ["1", "1.0", "9007199254740993", '"a"', "null", "[1]"])
    expect(isRecord(readJson(json))).toBe(false);
});

test("of an answer what users said is exact, and all else is numbers to reckon with", () => {
  const said = '{"seconds":2.0,"items":[{"limit":1.0,"data":{"limit":1.0}}]}';
  const answer = readAnswer(said) as { seconds: number };
  expect(answer.seconds).toBe(2);
  expect(writeJson(answer)).toBe('{"seconds":2,"items":[{"limit":1,"data":{"limit":1.0}}]}');
});
