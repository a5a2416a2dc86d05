import { expect, test } from "vitest";
import { labelOf } from "../parts/resources";
import { visible } from "./visible";

test("marks that turn letters around are seen in names, and nothing else is changed", () => {
  expect(visible("report\u202efdp")).toBe("report⟨U+202E⟩fdp");
  expect(labelOf({ id: "s3://lake", name: "a\u2066b" })).toBe("a⟨U+2066⟩b");
  expect(visible("שלום, grüße")).toBe("שלום, grüße");
});
