import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("what stands in the font of code shows its characters: no rule lets it draw `!=` as one", () => {
  const sheets = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".css"))
    .map((path) => readFileSync(join("src", path), "utf8"));
  const rules = sheets.flatMap((sheet) => sheet.split("}"));
  const mono = rules.filter((rule) => rule.includes("font-family: var(--mono)"));
  expect(mono.length).toBeGreaterThan(0);
  expect(mono.filter((rule) => !rule.includes("font-variant-ligatures: none"))).toEqual([]);
});
