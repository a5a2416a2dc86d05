import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

test("one rule has the font of code, and draws no ligatures: `!=` is two characters", () => {
  const sheets = readdirSync("src", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".css"))
    .map((path) => readFileSync(join("src", path), "utf8"));
  expect(sheets.join("").match(/var\(--mono\)/g)).toHaveLength(1);
});
