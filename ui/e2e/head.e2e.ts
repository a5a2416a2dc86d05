import { describe, expect, test } from "vitest";
import { faults, pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

const FLOWS = `
from peninsula import flow, task

@task
def fails(): raise ValueError("no rows")

@task
def works(): ...

@flow
def part(ill):
    works()
    if ill:
        raise ValueError("no part")

@flow(flow_run_name="outer")
def outer():
    works()
    fails(return_state=True)
    part(False)
    part(True, return_state=True)
    raise ValueError("both")

@flow(flow_run_name="only-subflow")
def only():
    part(True, return_state=True)

for one in (outer, only):
    one(return_state=True)
`;

const here = stage((server) => {
  server.run(FLOWS);
});

describe("the head of a run", () => {
  test.each([
    ["outer", "4 task runs, 1 failed · 2 subflows, 1 failed"],
    ["only-subflow", "1 task run · 1 subflow, 1 failed"],
  ])("of %s counts what failed, of tasks and of subflows: %s", async (name, counts) => {
    const page = await here.context.newPage();
    await page.goto(await pathOfRun(here.context, name));
    await page.getByText(counts, { exact: true }).waitFor();
    await page.close();
  });

  test("says of one without a deployment how it could be retried from here", async () => {
    const page = await here.context.newPage();
    await page.goto(await pathOfRun(here.context, "outer"));
    const words = page.getByText("of no deployment: deploy its flow to retry it from here");
    expect(await words.getAttribute("title")).toContain("peninsula deploy");
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
