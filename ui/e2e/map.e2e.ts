import { describe, expect, test } from "vitest";
import { faults } from "./browser.ts";
import { stage } from "./stage.ts";

const RUNS = `
from peninsula import emit_event, flow, task
from peninsula.blocks import call

@task
def extract():
    emit_event("s3.get.completed", "s3://lake/raw/<b>orders</b>.csv")
    return []

@task
def load(rows):
    with call("sql", "query", "postgresql://db.internal/shop"):
        raise ValueError("no rows")

@flow
def nightly():
    load(extract())

@flow
def hourly():
    extract()

nightly(return_state=True)
hourly()
`;

describe("a map of nothing", () => {
  const here = stage();

  test("says how something comes to be on it", async () => {
    const page = await here.context.newPage();
    await page.goto("/map");
    await page.getByText("Nothing ran in that time.").waitFor();
    await page.close();
  });
});

describe("the map", () => {
  const here = stage((server) => {
    server.run(RUNS);
  });

  test("has flows, tasks and systems with their runs and failures", async () => {
    const page = await here.context.newPage();
    await page.goto("/map");
    const systems = page.getByRole("region", { name: "Systems" });
    await systems.getByTitle("postgresql://db.internal/shop: 1 runs, 1 failed").waitFor();
    await systems.getByTitle("s3://lake: 2 runs, 0 failed").waitFor();
    await page
      .getByRole("region", { name: "Flows" })
      .getByTitle("hourly: 1 runs, 0 failed")
      .waitFor();
    await page
      .getByRole("region", { name: "Tasks" })
      .getByTitle("extract: 2 runs, 0 failed")
      .waitFor();
    await page.close();
  });

  test("leads by keys from a flow to what it depends on, and to its page", async () => {
    const page = await here.context.newPage();
    await page.goto("/map");
    const flow = page.getByRole("button", { name: /^nightly/ });
    await flow.focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    await flow.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: /^nightly/, pressed: true }).waitFor();
    await expect.poll(() => new URL(page.url()).search).toBe("?sel=flow:nightly");
    expect(await page.getByRole("button", { name: /^hourly/ }).getAttribute("data-dim")).toBe(
      "true",
    );
    expect(await page.getByRole("button", { name: /^load/ }).first().getAttribute("data-dim")).toBe(
      null,
    );
    await page.getByRole("link", { name: "Open the flow" }).press("Enter");
    await page.waitForURL("**/flows/nightly");
    await page.close();
  });

  test("is narrowed by a name, to what has it and what is next to it", async () => {
    const page = await here.context.newPage();
    await page.goto("/map?q=lake");
    await page.getByRole("button", { name: /^s3:\/\/lake/ }).waitFor();
    await expect.poll(() => page.locator("[data-node]").count()).toBe(2);
    await page.close();
  });

  test("shows from its address what was selected", async () => {
    const page = await here.context.newPage();
    await page.goto("/map?sel=system:s3://lake");
    const system = page.getByRole("region", { name: "System", exact: true });
    await system.getByRole("heading", { name: "s3://lake" }).waitFor();
    await system.getByRole("button", { name: "extract" }).click();
    await page.getByRole("region", { name: "Task", exact: true }).getByText("Feeds").waitFor();
    await page.close();
  });

  test("has no fault that axe finds in any theme, and does not scroll sideways", async () => {
    const page = await here.context.newPage();
    for (const path of ["/map", "/map?sel=flow:nightly"]) {
      await page.goto(path);
      await page
        .getByRole("button", { name: /^nightly/ })
        .first()
        .waitFor();
      expect(await faults(page)).toEqual([]);
    }
    await page.close();
  });
});
