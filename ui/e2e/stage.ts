import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { loggedIn, openBrowser } from "./browser.ts";
import { Server } from "./server.ts";

/** What the tests of a file have in common, from the first of them on. */
export interface Stage {
  browser: Browser;
  server: Server;
  /** Pages of it are logged in. */
  context: BrowserContext;
}

/** Open a browser before a server of its own, which has what `prepare` puts there. */
export function stage(
  prepare: (server: Server) => void = () => undefined,
  settings: Record<string, string> = {},
): Stage {
  const here = {} as Stage;

  beforeAll(async () => {
    const server = new Server(settings);
    [here.browser, here.server] = await Promise.all([openBrowser(), server.start()]);
    prepare(here.server);
    here.context = await loggedIn(here.browser, here.server);
  });

  afterAll(async () => {
    await here.browser?.close();
    await here.server?.[Symbol.asyncDispose]();
  });

  return here;
}

/** Open a page that is there once its table has a row. */
export async function openTable({ context }: Stage, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  await page.getByRole("row").nth(1).waitFor();
  return page;
}
