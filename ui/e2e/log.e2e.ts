import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { faults, findings, NARROW, overhang, pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

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

/** As wide as several lines of the page. */
const FATAL = "FATAL: password authentication failed for user loader ".repeat(20).trim();

const LOUD = `
from peninsula import flow, get_run_logger

@flow(flow_run_name="loud")
def loud():
    get_run_logger().info("x" * 1_000_000)
    get_run_logger().warning("${FATAL} \\x1b[31mend\\x1b[0m")
    get_run_logger().info("and on it goes")

loud()
`;

let path: string;

const here = stage((server) => {
  path = `/runs/${server.run(talks(server.url)).trim()}`;
  server.run(LOUD);
});

async function open(address: string): Promise<Page> {
  const page = await here.context.newPage();
  await page.goto(address);
  await page.getByRole("listbox", { name: "Log lines and events" }).waitFor();
  return page;
}

/** Whether an element of the log is within what the log shows. */
function inSight(line: Locator): Promise<boolean> {
  return line.evaluate((element) => {
    const list = element.closest("[role=listbox]")?.getBoundingClientRect();
    const { top, bottom } = element.getBoundingClientRect();
    return list !== undefined && top >= list.top && bottom <= list.bottom;
  });
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

  test("has the keys again when the search is left", async () => {
    const page = await open(path);
    await page.getByText("100,000 lines ·").waitFor();
    await page.keyboard.press("\\");
    await page.keyboard.press("Escape");
    const list = page.getByRole("listbox", { name: "Log lines and events" });
    expect(await list.evaluate((it) => it === document.activeElement)).toBe(true);
    await page.keyboard.press("ArrowDown");
    await page.getByRole("option", { selected: true }).waitFor();
    await page.close();
  });

  test("has the colours of a terminal, and shows markup as text", async () => {
    const page = await open(path);
    await page.getByText("100,000 lines ·").waitFor();
    await page.keyboard.press("\\");
    await page.keyboard.type("99007 <img");
    const line = page.getByRole("option");
    await expect.poll(() => line.count()).toBe(1);
    expect(await line.locator("[style*='--bad']").textContent()).toBe("red ");
    expect((await line.locator("mark").allTextContents()).join("")).toBe("99007 <img");
    expect(await line.innerText()).toContain("<script>");
    expect(await line.locator("img, script").count()).toBe(0);
    expect(await page.title()).toContain("talks");
    expect(await findings(page)).toEqual([]);
    await page.close();
  });

  test("says how many lines are like what is sought, and Enter goes from one to the next", async () => {
    const page = await open(path);
    await page.getByText("100,000 lines ·").waitFor();
    await page.keyboard.press("\\");
    await page.keyboard.type("line 7654");
    await page.getByText("11 of 100,000 lines").waitFor();
    const selected = page.getByRole("option", { selected: true });
    for (const [key, found] of [
      ["Enter", "line 7654"],
      ["Enter", "line 76540"],
      ["Enter", "line 76541"],
      ["Shift+Enter", "line 76540"],
    ] as const) {
      await page.keyboard.press(key);
      await expect.poll(() => selected.innerText()).toMatch(new RegExp(`${found}$`));
    }
    expect(await selected.locator("mark").innerText()).toBe("line 7654");
    await page.getByRole("button", { name: "Show in context" }).click();
    await page.getByText("line 76539", { exact: true }).waitFor();
    await selected.getByText("line 76540").waitFor();
    expect(await inSight(selected)).toBe(true);
    await page.close();
  });

  test("is downloaded whole", async () => {
    const answer = await here.context.request.get(
      `${path.replace("/runs", "/api/flow-runs")}/logs.txt`,
    );
    const lines = (await answer.text()).trimEnd().split("\n");
    expect(lines).toHaveLength(LINES);
    expect(lines.at(-1)).toMatch(/line 99999$/);
  });
});

describe("a line that is longer than its place", () => {
  test("is read whole once it is selected, by the keys or by an address", async () => {
    const page = await open(await pathOfRun(here.context, "loud"));
    await page.getByText("and on it goes").waitFor();
    const selected = page.getByRole("option", { selected: true });
    await page.getByRole("option", { name: /FATAL/ }).click();
    const card = page.getByRole("region", { name: "Log line" });
    const whole = card.getByRole("region", { name: "Line" });
    await whole.getByText(`${FATAL} end`).waitFor();
    await card.getByText("WARNING").waitFor();
    await card.getByText("loud", { exact: true }).waitFor();
    expect(await whole.evaluate((text) => text.scrollWidth <= text.clientWidth)).toBe(true);
    await page.keyboard.press("ArrowDown");
    await whole.getByText("and on it goes").waitFor();
    await page.keyboard.press("ArrowUp");
    await whole.getByText(`${FATAL} end`).waitFor();
    expect(await selected.count()).toBe(1);
    const second = await open(page.url());
    await second.setViewportSize(NARROW);
    await second.getByRole("region", { name: "Line" }).getByText(`${FATAL} end`).waitFor();
    expect(await overhang(second)).toBe(0);
    expect(await findings(second)).toEqual([]);
    await Promise.all([page.close(), second.close()]);
  });

  test("is copied by one click", async () => {
    await here.context.grantPermissions(["clipboard-read", "clipboard-write"]);
    const page = await open(await pathOfRun(here.context, "loud"));
    await page.getByRole("option", { name: /FATAL/ }).click();
    await page.getByRole("button", { name: /^Copy the line/ }).click();
    await page.getByRole("button", { name: /^Copied/ }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toBe(`${FATAL} end`);
    await page.close();
  });

  test("has an end where it is a megabyte, and says how much more there was", async () => {
    const page = await open(await pathOfRun(here.context, "loud"));
    const line = page.getByRole("option").getByText(/… 6\d,\d+ more characters/);
    await line.click();
    const card = page.getByRole("region", { name: "Log line" });
    await card.getByText(/… 4\d,\d+ more characters/).waitFor();
    const whole = card.getByRole("region", { name: "Line" });
    expect(await whole.evaluate(({ textContent }) => textContent?.length)).toBe(20_000);
    const rest = await card.getByRole("link", { name: "download the log" }).getAttribute("href");
    expect((await (await here.context.request.get(rest ?? "")).text()).length).toBeGreaterThan(
      60_000,
    );
    await page.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test("what was found and read whole has no fault that axe finds", async () => {
    const page = await here.context.newPage();
    await page.goto(`${await pathOfRun(here.context, "loud")}?find=failed`);
    await page.getByRole("option", { name: /FATAL/ }).waitFor();
    await page.keyboard.press("l");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.getByRole("region", { name: "Line" }).locator("mark").first().waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
