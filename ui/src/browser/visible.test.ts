import { expect, test } from "vitest";
import { labelOf } from "../parts/resources";
import { visible } from "./visible";

test("marks that turn letters around or are for a terminal are seen, and nothing else is changed", () => {
  expect(visible("report\u202efdp")).toBe("report⟨U+202E⟩fdp");
  expect(labelOf({ id: "s3://lake", name: "a\u2066b" })).toBe("a⟨U+2066⟩b");
  expect(visible("\u001b]8;;x\u0007\u009b")).toBe("⟨U+001B⟩]8;;x⟨U+0007⟩⟨U+009B⟩");
  expect(visible("a\tb\r\n")).toBe("a\tb\r\n");
  expect(visible("שלום, grüße")).toBe("שלום, grüße");
});
