import { describe, expect, test } from "vitest";
import { oneOf, parseAddress, someOf, text, texts, writeAddress } from "./address";

describe("an address", () => {
  test("says each value by itself, and is read back as it was", () => {
    const search = { state: ["FAILED", "CRASHED"], q: "a & b", resource: "s3://lake/raw" };
    const written = writeAddress(search);
    expect(written).toBe("?state=FAILED&state=CRASHED&q=a+%26+b&resource=s3://lake/raw");
    expect(parseAddress(written)).toEqual(search);
  });

  test("leaves out what is not chosen", () => {
    expect(writeAddress({ q: undefined, tag: [], flow: "", from: null })).toBe("");
  });

  test("may say anything: what makes no sense is not there", () => {
    expect(text(["a", "b"])).toBe("a");
    expect(texts("a")).toEqual(["a"]);
    expect(texts("")).toBeUndefined();
    expect(oneOf(["1h", "24h"], "<script>")).toBeUndefined();
    expect(someOf(["FAILED", "CRASHED"], ["CRASHED", "nonsense"])).toEqual(["CRASHED"]);
  });
});
