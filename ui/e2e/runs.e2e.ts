import { describe, expect, test } from "vitest";
import { faults, loggedIn, pathOfRun } from "./browser.ts";
import { openTable, stage } from "./stage.ts";

const FLOWS = `
from peninsula import flow

@flow(flow_run_name="part-{number}")
def part(number): ...

@flow(flow_run_name="load-{number}")
def load(number):
    part(number)

@flow(flow_run_name="<b>broken</b>")
def broken():
    raise ValueError("no <i>rows</i>")

for number in range(120):
    load(number)
try:
    broken()
except ValueError:
    pass
`;

const WAITING = `
import sys
from peninsula import flow

@flow(flow_run_name="comes-later")
def late():
    sys.stdin.readline()

late()
`;

const here = stage((server) => server.run(FLOWS));

const open = (path: string) => openTable(here, path);

describe("the runs", () => {
  test("stand in a list of which only what is in sight is made, and which goes on", async () => {
    const page = await open("/runs");
    const table = page.getByRole("table", { name: "Runs" });
    expect(await table.getByRole("row").count()).toBeLessThan(60);
    const last = table.getByRole("link", { name: "load-0", exact: true });
    await expect
      .poll(async () => {
        await page.mouse.wheel(0, 100_000);
        return last.count();
      })
      .toBe(1);
    await expect.poll(() => table.getAttribute("aria-rowcount")).toBe("122");
    await page.close();
  });

  test("are filtered by state, and the address says so", async () => {
    const page = await open("/runs");
    await page.getByRole("button", { name: "Failed 1" }).click();
    await page.getByRole("link", { name: "<b>broken</b>" }).waitFor();
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    expect(new URL(page.url()).search).toBe("?state=FAILED");
    await page.close();
  });

  test("are those of whole days where the address says days", async () => {
    const page = await open("/runs?t=2020-01-01..2100-01-01");
    await page.getByRole("link", { name: "<b>broken</b>" }).waitFor();
    await page.close();
  });

  test("are of a time that is said by the clock that was chosen", async () => {
    const { browser, server } = here;
    const context = await loggedIn(browser, server, { timezoneId: "Asia/Kolkata" });
    const page = await context.newPage();
    await page.goto("/runs?t=2020-01-01T00:00:00.123Z..2100-01-01");
    const time = (from: string, to: string) =>
      page.getByRole("button", { name: `${from} – ${to}` });
    await time("Jan 01, 2020, 05:30:00", "Jan 01, 2100, 05:30:00").waitFor();
    await page.getByRole("group", { name: "Time zone" }).getByText("UTC").click();
    await time("Jan 01, 2020, 00:00:00", "Jan 01, 2100, 00:00:00").waitFor();
    await context.close();
  });

  test("are all there again when Back takes a filter back", async () => {
    const page = await open("/runs");
    await page.getByRole("button", { name: "Failed 1" }).click();
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    await page.goBack();
    await expect.poll(() => page.getByRole("row").count()).toBeGreaterThan(2);
    expect(new URL(page.url()).search).toBe("");
    await page.close();
  });

  test("keep their filters in sight, and the titles below these", async () => {
    const page = await open("/runs");
    const filters = page.getByRole("button", { name: "Failed 1" });
    const titles = page.getByRole("columnheader").first();
    await page.mouse.wheel(0, 1_500);
    await expect.poll(() => page.evaluate(() => window.scrollY)).toBeGreaterThan(500);
    const [above, below] = [await filters.boundingBox(), await titles.boundingBox()];
    expect(above?.y).toBeGreaterThanOrEqual(0);
    expect(below?.y).toBeGreaterThanOrEqual((above?.y ?? 0) + (above?.height ?? 0));
    await page.close();
  });

  test("keep the keys where they were when that row goes out of sight", async () => {
    const page = await open("/runs");
    while ((await page.locator("[data-row='4']:focus").count()) === 0) {
      await page.keyboard.press("j");
    }
    for (let row = 4; row < 8; row++) {
      while ((await page.locator(`[data-row='${row}']`).count()) > 0) {
        await page.keyboard.press("End");
      }
      // The browser still scrolls to the end, and may take the next row away once more.
      await page.keyboard.press("j");
      await page.locator(`[data-row='${row + 1}']:focus`).waitFor();
    }
    await page.close();
  });

  test("are shown by a deep link as they were seen", async () => {
    const page = await open("/runs?flow=part&q=part-7&subflows=yes");
    await expect.poll(() => page.getByRole("row").count()).toBe(12);
    expect(await page.getByLabel("Find a run").inputValue()).toBe("part-7");
    expect(await page.getByLabel("Subflows").isChecked()).toBe(true);
    await page.close();
  });

  test("are found from the keys, and each has a row that j leads to", async () => {
    const page = await open("/runs");
    await page.keyboard.press("/");
    await page.keyboard.type("load-77");
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    await page.keyboard.press("Escape");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).pathname).toMatch(/^\/runs\/[0-9a-f-]{36}$/);
    await page.close();
  });

  test("are shown as text, whatever their names and messages are", async () => {
    const page = await open("/runs?state=FAILED");
    await page.getByText("no <i>rows</i>").waitFor();
    expect(await page.locator("b, i").count()).toBe(0);
    await page.close();
  });

  test("that are none say how to get some", async () => {
    const page = await here.context.newPage();
    await page.goto("/runs?q=nothing");
    await page.getByText("No run is like that").waitFor();
    await page.getByRole("link", { name: "Clear the filters" }).click();
    await page.getByRole("row").nth(1).waitFor();
    await page.close();
  });
});

describe("while it is open", () => {
  test("a run that begins is shown at once", async () => {
    const page = await open("/runs");
    await page.getByText("Live", { exact: true }).waitFor();
    const later = here.server.begin(WAITING.replace("comes-later", "comes-now"));
    await page.getByRole("row", { name: /comes-now/ }).waitFor();
    later.stdin?.end("\n");
    await page.close();
  });

  test("under the pointer it is counted, shown when asked for, and ends before one's eyes", async () => {
    const page = await open("/runs");
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("row").nth(1).hover();
    const later = here.server.begin(WAITING);
    await page.getByRole("button", { name: "1 new" }).click();
    const row = page.getByRole("row", { name: /comes-later/ });
    await row.getByText("Running").waitFor();
    later.stdin?.end("\n");
    await row.getByText("Completed").waitFor();
    await page.close();
  });

  test("a server that goes away is noticed, and one that comes back is followed again", async () => {
    const page = await open("/runs");
    await page.getByText("Live", { exact: true }).waitFor();
    await here.server.stop();
    const lost = page.getByRole("main").getByText("Disconnected");
    await lost.waitFor();
    for (const link of ["Events", "Map", "Variables", "Runs"]) {
      await page.getByRole("link", { name: link }).first().click();
      await page.waitForURL(`**/${link.toLowerCase()}`);
      expect(await lost.isVisible()).toBe(true);
    }
    await here.server.start();
    // It may have been tried again by itself meanwhile, and then there is no such button.
    await page
      .getByRole("button", { name: "Retry now" })
      .evaluateAll((buttons: HTMLElement[]) => buttons[0]?.click());
    const live = page.getByText("Live", { exact: true });
    await live.waitFor();
    await page.close();
  });
});

describe("what it costs", () => {
  test.each([
    ["/", "/api/overview"],
    ["/runs", "/api/flow-runs?"],
    ["/events", "/api/events/counts"],
    ["a failed run", "/lines"],
  ])("%s comes by few requests of few bytes, all of them ours", async (name, last) => {
    const path = name.startsWith("/") ? name : await pathOfRun(here.context, "<b>broken</b>");
    const cold = await loggedIn(here.browser, here.server);
    const page = await cold.newPage();
    const asked: string[] = [];
    const bytes = { script: 0, stylesheet: 0 };
    page.on("request", (request) => asked.push(request.url()));
    const measured: Promise<void>[] = [];
    page.on("requestfinished", (request) => {
      const kind = request.resourceType();
      if (kind !== "script" && kind !== "stylesheet") return;
      measured.push(
        request.sizes().then(({ responseBodySize }) => {
          bytes[kind] += responseBodySize;
        }),
      );
    });
    await page.goto(path);
    await page.getByText("<b>broken</b>").first().waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    await expect.poll(() => asked.filter((url) => url.includes(last)).length).toBe(1);
    await page.evaluate(() => document.fonts.ready);
    await Promise.all(measured);
    expect(asked.filter((url) => !url.startsWith(here.server.url))).toEqual([]);
    expect(asked.length, asked.join("\n")).toBeLessThanOrEqual(15);
    expect(bytes.script).toBeGreaterThan(50_000);
    expect(bytes.script).toBeLessThanOrEqual(200_000);
    expect(bytes.stylesheet).toBeLessThanOrEqual(20_000);
    await cold.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test("it has no fault that axe finds, and does not scroll sideways", async () => {
    const page = await here.context.newPage();
    await page.goto("/runs");
    await page.getByRole("row").nth(1).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
