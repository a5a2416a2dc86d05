import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findings, loggedIn, openBrowser, pathOfRun } from "./browser.ts";
import { Server } from "./server.ts";

const LINES = 100_000;

/** What no flow has the time to log in a test, sent as an emitter would send it. */
const talks = (url: string) => `
import os
import httpx
from pathlib import Path
from uuid import uuid4
from peninsula.core import codec
from peninsula.core.runs import Birth, RunKind
from peninsula.core.states import StateType
from tests.support.make import Teller, change, state

def line(number):
    if number % 1_000 == 7:
        return f"\\x1b[31mred {number}\\x1b[0m <img src=x onerror=document.title='log'><script>document.title='log'</script>"
    return f"line {number}"

teller, run = Teller(step=10_000), uuid4()
born = change(StateType.RUNNING, born=Birth(name="talks", flow="talks"))
teller.tell(state(run, RunKind.FLOW_RUN, born), run, run)
for first in range(0, ${LINES}, 2_000):
    teller.log(run, run, *(line(number) for number in range(first, first + 2_000)))
teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.COMPLETED)), run, run)
key = Path(os.environ["PENINSULA_HOME"], "token").read_text().strip()
for first in range(0, len(teller.records), 10):
    batch = codec.encode(teller.batch(first, first + 10))
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    httpx.post("${url}/api/intake", content=batch, headers=headers, timeout=60).raise_for_status()
print(run)
`;

const LOUD = `
from peninsula import flow, get_run_logger

@flow(flow_run_name="loud")
def loud():
    get_run_logger().info("x" * 1_000_000)
    get_run_logger().info("and on it goes")

loud()
`;

let browser: Browser;
let server: Server;
let context: BrowserContext;
let path: string;

beforeAll(async () => {
  [browser, server] = await Promise.all([openBrowser(), new Server().start()]);
  path = `/runs/${server.run(talks(server.url)).trim()}`;
  context = await loggedIn(browser, server);
});

afterAll(async () => {
  await browser?.close();
  await server?.[Symbol.asyncDispose]();
});

async function open(address: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(address);
  await page.getByRole("listbox", { name: "Log lines and events" }).waitFor();
  return page;
}

describe("a log of a hundred thousand lines", () => {
  test("is there to its end, of which only what is in sight is made", async () => {
    const page = await open(path);
    await page.getByText("100,000 lines ·").waitFor();
    const list = page.getByRole("listbox", { name: "Log lines and events" });
    await list.evaluate((scrolled) => scrolled.scrollTo(0, scrolled.scrollHeight));
    await page.getByRole("option").getByText("line 99999").waitFor();
    expect(await page.getByRole("option").count()).toBeLessThan(80);
    await page.close();
  });

  test("is searched, and the line that was found has an address", async () => {
    const first = await open(path);
    await first.getByText("100,000 lines ·").waitFor();
    await first.keyboard.press("\\");
    await first.keyboard.type("line 76543");
    await expect.poll(() => first.getByRole("option").count()).toBe(1);
    await first.getByRole("option").getByText("line 76543").click();
    await expect.poll(() => new URL(first.url()).searchParams.get("at")).not.toBeNull();
    const address = new URL(first.url());
    address.searchParams.delete("find");
    const second = await open(address.href);
    await second.getByRole("option", { selected: true }).getByText("line 76543").waitFor();
    await second.getByText("100,000 lines ·").waitFor();
    await second.getByRole("option", { selected: true }).getByText("line 76543").waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  test("has the colours of a terminal, and shows markup as text", async () => {
    const page = await open(path);
    await page.getByText("100,000 lines ·").waitFor();
    await page.keyboard.press("\\");
    await page.keyboard.type("red 99007");
    const line = page.getByRole("option");
    await expect.poll(() => line.count()).toBe(1);
    await line.getByText("red 99007", { exact: true }).waitFor();
    expect(await line.locator("[style*='--bad']").innerText()).toBe("red 99007");
    expect(await line.innerText()).toContain("<script>");
    expect(await line.locator("img, script").count()).toBe(0);
    expect(await page.title()).toContain("talks");
    expect(await findings(page)).toEqual([]);
    await page.close();
  });

  test("is downloaded whole", async () => {
    const answer = await context.request.get(`${path.replace("/runs", "/api/flow-runs")}/logs.txt`);
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(lines).toHaveLength(LINES);
    expect(lines.at(-1)).toMatch(/line 99999$/);
  });
});

test("a line of a megabyte has an end, and says how much more there was", async () => {
  server.run(LOUD);
  const page = await open(await pathOfRun(context, "loud"));
  await page
    .getByRole("option")
    .getByText(/… 6\d,\d+ more characters/)
    .waitFor();
  await page.getByRole("option").getByText("and on it goes").waitFor();
  await page.close();
});
