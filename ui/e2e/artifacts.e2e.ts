import type { Browser, BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings, loggedIn, NARROW, openBrowser, overhang } from "./browser.ts";
import { Server } from "./server.ts";

const FLOW = `
from peninsula import flow
from peninsula.artifacts import create_markdown_artifact, create_table_artifact

@flow
def report():
    create_markdown_artifact("# Rows <script>alert(1)</script>", key="summary")
    create_table_artifact([{"day": "Monday", "rows": 12}], key="days", description="A day a row.")

report()
`;

let browser: Browser;
let server: Server;
let context: BrowserContext;

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), new Server().start()]);
  server.run(FLOW);
  context = await loggedIn(browser, server);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

describe("the artifacts", () => {
  test("are listed by key, and one of them leads to what it shows", async () => {
    const page = await context.newPage();
    await page.goto("/artifacts?kind=table");
    await page.getByRole("link", { name: "days" }).click();
    await page.getByRole("cell", { name: "Monday" }).waitFor();
    await page.getByText("A day a row.").waitFor();
    await page.close();
  });

  test("show markup as text", async () => {
    const page = await context.newPage();
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "summary" }).click();
    await page.getByText("# Rows <script>alert(1)</script>").waitFor();
    await page.close();
  });

  test.each(["light", "dark"] as const)("have no fault in %s", async (colorScheme) => {
    const own = await loggedIn(browser, server, { colorScheme });
    const page = await own.newPage();
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "days" }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.getByRole("link", { name: "days" }).click();
    await page.getByRole("cell", { name: "Monday" }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.setViewportSize(NARROW);
    expect(await overhang(page)).toBe(0);
    await own.close();
  });
});
