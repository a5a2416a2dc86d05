import { once } from "node:events";
import type { Page, Request } from "playwright-core";
import { describe, expect, test } from "vitest";
import { pathOfRun } from "./browser.ts";
import { openTable, stage } from "./stage.ts";

/** A flow that begins with the first line it is given, and ends with the second, as that says. */
const told = (name: string) => `
import sys
from peninsula import flow

@flow(flow_run_name="${name}")
def told():
    if sys.stdin.readline().strip() == "fail":
        raise ValueError("told to fail")

sys.stdin.readline()
told(return_state=True)
`;

const here = stage((server) => server.run(told("before")));

/** Have a flow begin when it is let, and end when it is told to. */
function flow(name: string) {
  const program = here.server.begin(told(name));
  const ended = once(program, "exit");
  return {
    begin: () => program.stdin?.write("begin\n"),
    end: async (how: "fail" | "complete" = "complete") => {
      program.stdin?.end(`${how}\n`);
      await ended;
    },
  };
}

async function openRuns(): Promise<Page> {
  const page = await openTable(here, "/runs");
  await page.getByText("Live", { exact: true }).waitFor();
  return page;
}

async function goTo(page: Page, key: string, path: string): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press(key);
  await page.waitForURL(`**${path}`);
}

const rowOf = (page: Page, name: string) => page.getByRole("row", { name: new RegExp(name) });

describe("what happened while another page was on screen", () => {
  test("to a run is on its page when Back leads there", async () => {
    const run = flow("watched");
    run.begin();
    const page = await here.context.newPage();
    await page.goto(await pathOfRun(here.context, "watched"));
    await page.getByRole("heading", { level: 1 }).waitFor();
    await goTo(page, "r", "/runs");
    await rowOf(page, "watched").waitFor();
    await run.end("fail");
    await rowOf(page, "watched").getByText("Failed").waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Why it failed" }).waitFor();
    await page.close();
  });

  test("to a run that was pointed at is on its page", async () => {
    const run = flow("pointed-at");
    const page = await openRuns();
    run.begin();
    const link = rowOf(page, "pointed-at").getByRole("link", { name: "pointed-at" });
    await Promise.all([page.waitForResponse(/summary/), link.hover()]);
    await run.end();
    await rowOf(page, "pointed-at").getByText("Completed").waitFor();
    await link.click();
    await page.getByRole("heading", { level: 1, name: "pointed-at" }).waitFor();
    await page.getByRole("main").getByText("Completed", { exact: true }).first().waitFor();
    await page.close();
  });

  test("is in the list of runs when Back leads there", async () => {
    const page = await openRuns();
    const run = flow("meanwhile");
    await goTo(page, "e", "/events");
    run.begin();
    await run.end();
    await page.getByRole("main").getByText("meanwhile").first().waitFor();
    await page.goBack();
    await rowOf(page, "meanwhile").getByText("Completed").waitFor();
    await page.close();
  });
});

test("a run whose change is asked for in vain, once, is shown as it is all the same", async () => {
  const run = flow("blip");
  const page = await openRuns();
  run.begin();
  await rowOf(page, "blip").getByText("Running").waitFor();
  const faults: Error[] = [];
  page.on("pageerror", (fault) => faults.push(fault));
  const busy = { code: "unavailable", message: "The server is busy." };
  await page.route(/flow-runs\?.*id=/, (route) => route.fulfill({ status: 503, json: busy }), {
    times: 1,
  });
  const refused = page.waitForResponse((answer) => answer.status() === 503);
  await Promise.all([refused, run.end()]);
  await rowOf(page, "blip").getByText("Completed").waitFor();
  expect(faults).toEqual([]);
  await page.close();
});

test("a list that was answered before a run ended does not undo its end when it comes later", async () => {
  const run = flow("overtaken");
  const page = await openRuns();
  run.begin();
  await rowOf(page, "overtaken").getByText("Running").waitFor();
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const answered = new Promise<void>((resolve) => {
    void page.route(
      /api\/flow-runs\?.*limit=100$/,
      async (route) => {
        const answer = await route.fetch();
        resolve();
        await held;
        await route.fulfill({ response: answer });
      },
      { times: 1 },
    );
  });
  const other = flow("another");
  other.begin();
  await answered;
  await run.end();
  await rowOf(page, "overtaken").getByText("Completed").waitFor();
  letGo();
  await rowOf(page, "another").waitFor();
  await other.end();
  await rowOf(page, "another").getByText("Completed").waitFor();
  expect(await rowOf(page, "overtaken").textContent()).toContain("Completed");
  await page.close();
});

test("a query that cannot be read is asked a few times and no more, and nothing is lost by it", async () => {
  const page = await here.context.newPage();
  await page.goto("/events");
  await page.locator("[data-row]").first().waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.keyboard.press("/");
  await page.keyboard.type("color:red");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").getByText("there is no field").waitFor();
  // For as long as a program takes.
  const run = flow("after-all");
  run.begin();
  await run.end();
  expect(asked.length, asked.join("\n")).toBeLessThan(16);
  expect(await page.getByText("Live", { exact: true }).isVisible()).toBe(true);
  await page.getByRole("combobox").fill("type:peninsula.flow-run.completed");
  await page.keyboard.press("Enter");
  await page.getByText("after-all").first().waitFor();
  await page.close();
});

test("a server that hangs is said to be lost, and what was chosen to be on its way, until it goes on", async () => {
  const page = await openRuns();
  const busy = page.locator("main[aria-busy=true]");
  here.server.hang();
  try {
    await page.getByRole("radio", { name: "30d" }).check({ force: true });
    await busy.waitFor();
    await page.locator("[class*=loading]").waitFor({ state: "visible" });
    await page.getByRole("main").getByText("Disconnected").waitFor({ timeout: 30_000 });
  } finally {
    here.server.goOn();
  }
  await page.getByText("Live", { exact: true }).waitFor();
  await busy.waitFor({ state: "detached" });
  await page.close();
});

/** Have the page take it that somebody sees it, or nobody: without a screen all pages are seen. */
async function see(page: Page, state: DocumentVisibilityState): Promise<void> {
  await page.evaluate((now) => {
    Object.defineProperty(document, "visibilityState", { configurable: true, get: () => now });
    document.dispatchEvent(new Event("visibilitychange"));
  }, state);
}

test("a page that nobody sees lets its stream go, and goes on from there when it is seen", async () => {
  const page = await openRuns();
  const isStream = (request: Request) => request.url().includes("/api/stream");
  await see(page, "hidden");
  await page.waitForEvent("requestfailed", isStream);
  const run = flow("unseen");
  run.begin();
  await run.end();
  const [stream] = await Promise.all([page.waitForRequest(isStream), see(page, "visible")]);
  expect(new URL(stream.url()).searchParams.get("since")).not.toBeNull();
  await rowOf(page, "unseen").getByText("Completed").waitFor();
  await page.close();
});

test("more windows than a browser has connections are open at once, and live", async () => {
  const pages: Page[] = [];
  while (pages.length < 8) pages.push(await openRuns());
  const run = flow("seen-by-all");
  run.begin();
  await run.end();
  for (const page of pages) await rowOf(page, "seen-by-all").getByText("Completed").waitFor();
  for (const page of pages) {
    await goTo(page, "v", "/variables");
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    await page.close();
  }
});
