/** Debian's Chromium, and what every page is held to in it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults, RunOptions } from "axe-core";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import type { Server } from "./server.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

const PATIENCE_MS = 15_000;

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
    ],
  });
}

/** A browser of someone who has logged in. */
export async function loggedIn(
  browser: Browser,
  server: Server,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: WIDE, baseURL: server.url, ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.request.post("/api/session", { data: { key: server.token } });
  return context;
}

/** The rules of axe that look at colours. */
const OF_COLOURS = { runOnly: ["color-contrast", "link-in-text-block"] };

/** What axe finds wrong with the page, a line each. */
export async function findings(page: Page, options: RunOptions = {}): Promise<string[]> {
  // Evaluated from outside, which the policy of the page does not touch.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(AXE);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(options)})`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
}

/** What is wrong with the page as it is now, wide and narrow, in both themes: what axe finds, and whether
 * it can be scrolled sideways. It is loaded once for all of them, and only what is said of colours is
 * asked in both themes: they differ in nothing else. */
export async function faults(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      const here = `${colorScheme}, ${viewport.width} px: `;
      const rules = colorScheme === "light" ? {} : OF_COLOURS;
      found.push(...(await findings(page, rules)).map((one) => here + one));
    }
  }
  const over = await overhang(page);
  await page.setViewportSize(WIDE);
  return over > 0 ? [...found, `${over} px to the side`] : found;
}

/** How far the page can be scrolled sideways, which it should not be. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}

/** The path of the flow run of that name, as soon as there is one. */
export async function pathOfRun(context: BrowserContext, name: string): Promise<string> {
  let id: string | undefined;
  await expect
    .poll(async () => {
      const answer = await context.request.get(`/api/flow-runs?name=${name}`);
      id = ((await answer.json()) as { items: { id: string }[] }).items[0]?.id;
      return id;
    })
    .toBeDefined();
  return `/runs/${id}`;
}
