import { describe, expect, test } from "vitest";
import { faults } from "./browser.ts";
import { stage } from "./stage.ts";

const NAME = "orders, 50";
const ADDRESS = `/flows/${encodeURIComponent(NAME)}`;

const RUNS = `
from peninsula import emit_event, flow, task

@task
def extract(day):
    emit_event("s3.get.completed", "s3://lake/raw")

@task
def load(day):
    if day == "tuesday":
        raise ValueError("<b>no rows</b>")

@flow(name="${NAME}", flow_run_name="{day}")
def orders(day):
    extract(day)
    load(day)

for day in ("monday", "tuesday", "wednesday"):
    orders(day, return_state=True)

flow(lambda: None, name="..")()

@flow(flow_run_name="quality")
def check(): ...

flow(lambda: check(), name="with a check")()
`;

const here = stage((server) => server.run(RUNS));

describe("the page of a flow", () => {
  test("is found by its name among all flows", async () => {
    const page = await here.context.newPage();
    await page.goto("/flows");
    await page.keyboard.press("/");
    await page.keyboard.type("50");
    await page.getByRole("link", { name: NAME }).click();
    await page.getByRole("heading", { level: 1, name: NAME }).waitFor();
    expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/flows/${NAME}`);
    await page.close();
  });

  test("has an address also where its name means another in a path", async () => {
    const page = await here.context.newPage();
    await page.goto("/flows");
    await page.getByRole("link", { name: "..", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "..", exact: true }).waitFor();
    await page.reload();
    await page.getByText("Median").waitFor();
    await page.close();
  });

  test("gives the focus back to the row from which one went away", async () => {
    const page = await here.context.newPage();
    await page.goto("/flows");
    const rows = page.getByRole("table", { name: "Flows" }).locator("[data-row]");
    await rows.nth(1).waitFor();
    const second = await rows.nth(1).getByRole("link").first().textContent();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: second ?? "", exact: true }).waitFor();
    await page.goBack();
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-row")))
      .toBe("1");
    await page.close();
  });

  test("has a row for each system and task, and a column for each run", async () => {
    const page = await here.context.newPage();
    await page.goto(ADDRESS);
    const grid = page.getByRole("grid", { name: "Tasks by runs" });
    await grid.getByRole("link", { name: "load in tuesday: Failed" }).waitFor();
    await grid.getByRole("link", { name: "s3://lake: 1 event in monday" }).waitFor();
    const titles = await grid.locator("tbody th").allInnerTexts();
    expect(titles.map((title) => title.trim())).toEqual([
      "s3://lake",
      "The run",
      "extract",
      "load",
    ]);
    await page.close();
  });

  test("is gone through by keys, which say where they are and open it", async () => {
    const page = await here.context.newPage();
    await page.goto(ADDRESS);
    const grid = page.getByRole("grid", { name: "Tasks by runs" });
    await grid.getByRole("link", { name: /^wednesday: Completed/ }).focus();
    for (const key of ["ArrowDown", "ArrowDown", "ArrowLeft"]) await page.keyboard.press(key);
    await page.getByRole("paragraph").getByText("load in tuesday: Failed").waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}\?q=/);
    await page.close();
  });

  test("lists its runs, and says what to do where there is no such flow", async () => {
    const page = await here.context.newPage();
    await page.goto(ADDRESS);
    await page
      .getByRole("table", { name: "Runs" })
      .getByText("ValueError: <b>no rows</b>")
      .waitFor();
    await page.goto("/flows/nothing");
    await page.getByRole("heading", { level: 1, name: "No such flow" }).waitFor();
    await page.getByText("No run of it has reported here").waitFor();
    await page.getByText("peninsula flow-run ls").waitFor();
    await page.close();
  });

  test("leads to its runs also where other flows called them all", async () => {
    const page = await here.context.newPage();
    await page.goto("/flows/check");
    await page.getByRole("link", { name: "Filter them" }).click();
    const runs = page.getByRole("table", { name: "Runs" });
    await runs.getByRole("link", { name: "quality" }).waitFor();
    await page.getByLabel("Subflows").uncheck();
    await page.getByText("No run is like that").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole("link", { name: "look among subflows" }).click();
    await runs.getByRole("link", { name: "quality" }).waitFor();
    await page.close();
  });

  test("has no fault that axe finds in any theme, and does not scroll sideways", async () => {
    const page = await here.context.newPage();
    for (const path of [ADDRESS, "/flows"]) {
      await page.goto(path);
      await page
        .getByRole("link", { name: /monday|wednesday/ })
        .first()
        .waitFor();
      expect(await faults(page)).toEqual([]);
    }
    await page.close();
  });
});
