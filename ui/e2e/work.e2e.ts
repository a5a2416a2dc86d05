import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { faults, NARROW } from "./browser.ts";
import { openTable, stage } from "./stage.ts";

const here = stage();

/** Make what the tests look at, as a client and a worker would. */
async function post(to: string, data: unknown): Promise<void> {
  const headers = { Authorization: `Bearer ${here.server.token}` };
  const answer = await here.context.request.post(to, { data, headers });
  expect(answer.ok(), await answer.text()).toBe(true);
}

async function pool(name: string, more: object = {}): Promise<string> {
  await post("/api/work-pools", { name, type: "process", ...more });
  return `/work-pools/${name}`;
}

async function beat(pool: string, name: string, status = "online"): Promise<void> {
  const told = { emitter: randomUUID(), name, type: "process", host: "build-7", limit: 4, status };
  await post(`/api/work-pools/${pool}/workers`, told);
}

/** A deployment in a pool, and a run of it that waits there. */
async function waiting(pool: string): Promise<void> {
  const headers = { Authorization: `Bearer ${here.server.token}` };
  const data = { flow: "orders", name: pool, entrypoint: "orders.py:orders", work_pool: pool };
  const made = await here.context.request.post("/api/deployments", { data, headers });
  const { id } = (await made.json()) as { id: string };
  await post(`/api/deployments/${id}/runs`, {});
}

describe("work pools", () => {
  test("say how one is made where there is none", async () => {
    const page = await here.context.newPage();
    await page.goto("/work-pools");
    await page.getByText("There are no work pools yet.").waitFor();
    await page.close();
  });

  test("say whether someone takes their runs, and what waits", async () => {
    await pool("alone");
    await pool("served", { concurrency_limit: 10 });
    await beat("served", "one");
    await waiting("served");
    const page = await openTable(here, "/work-pools");
    const pools = page.getByRole("table", { name: "Work pools" });
    await pools.getByRole("row", { name: /alone.*no worker is online/ }).waitFor();
    await pools.getByRole("row", { name: /served.*1 worker online.*0 of 10 ?1 ?0/ }).waitFor();
    await page.getByRole("table", { name: "Workers" }).getByText("build-7").waitFor();
    // The first of the two tables has the keys.
    await page.keyboard.press("j");
    await pools.locator("[data-row]:focus", { hasText: "alone" }).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/work-pools/served");
    await page.close();
  });
});

describe("a work pool", () => {
  test("is paused and goes on, and so are its queues", async () => {
    const path = await pool("paused");
    await beat("paused", "two");
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByText("1 worker online").waitFor();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await page.getByText("1 worker online").waitFor();
    await page.getByRole("button", { name: "Pause default" }).click();
    await page.getByRole("button", { name: "Resume default" }).waitFor();
    await page.close();
  });

  test("shows live what happens in it, and a worker that comes", async () => {
    const path = await pool("live");
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByText("No worker has been here").waitFor();
    await page.getByRole("navigation").getByText("Live").waitFor();
    await beat("live", "three");
    const workers = page.getByRole("region", { name: "Workers" });
    await workers.getByText("online").waitFor();
    await page.getByRole("region", { name: "Events" }).getByText("worker.started").waitFor();
    await page.close();
  });

  test("is found by its name, as its deployments are", async () => {
    await pool("sought");
    await waiting("sought");
    const page = await here.context.newPage();
    await page.goto("/work-pools");
    await page.getByRole("row").nth(1).waitFor();
    await page.keyboard.press("ControlOrMeta+k");
    await page.keyboard.type("sought");
    await page.getByRole("option", { name: /orders\/sought.*Deployment/ }).waitFor();
    await page.getByRole("option", { name: /sought.*Work pool/ }).click();
    await page.getByRole("heading", { name: "sought", level: 1 }).waitFor();
    await page.close();
  });

  test("has limits that are changed, of its own and of its queues", async () => {
    const page = await here.context.newPage();
    await page.goto(await pool("limited"));
    await page.getByRole("button", { name: "Change the limit" }).click();
    await page.getByRole("dialog").getByLabel("Runs at a time").fill("7");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("region", { name: "Runs", exact: true }).getByText("0 of 7").waitFor();
    await page.getByRole("button", { name: "Change default" }).click();
    await page.getByRole("dialog").getByLabel("Runs at a time").fill("3");
    await page.getByRole("dialog").getByLabel("Priority").fill("2");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByRole("row", { name: /default.*2.*0 of 3/ }).waitFor();
    await page.close();
  });

  test("has a job template that is changed as JSON, and says what is wrong with it", async () => {
    const page = await here.context.newPage();
    await page.goto(await pool("templated"));
    await page.getByText("It has no variables").waitFor();
    await page.getByRole("button", { name: "Change", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Base job template" });
    const written = dialog.getByLabel("Base job template of templated");
    const save = dialog.getByRole("button", { name: "Save the template" });
    await written.fill('{\n "variables": {,}\n}');
    await dialog.getByText(/This is no JSON.*line 2/).waitFor();
    expect(await save.isDisabled()).toBe(true);
    await written.fill('{"job_configuration": {"image": "{{ image }}"}}');
    await save.click();
    await dialog.getByText("job_configuration.image names {{ image }}").waitFor();
    const properties = { image: { type: "string", default: "flows:1" } };
    const template = {
      job_configuration: { image: "{{ image }}" },
      variables: { type: "object", properties },
    };
    await written.fill(JSON.stringify(template));
    await save.click();
    await page.getByRole("button", { name: "1 job variable" }).click();
    const variables = page.getByRole("table", { name: "Job variables" });
    await variables.getByRole("row", { name: /image.*string.*"flows:1"/ }).waitFor();
    await page.close();
  });

  test("leads to its deployments", async () => {
    const path = await pool("leads");
    await waiting("leads");
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("link", { name: "Deployments in it" }).click();
    await page.getByRole("link", { name: "orders/leads" }).waitFor();
    await expect.poll(() => page.getByRole("row").count()).toBe(2);
    await page.close();
  });
});

describe("on a phone", () => {
  test("pools say in full who takes their runs", async () => {
    await pool("nobody-serves-it");
    await pool("a-name-of-some-length");
    for (const name of ["one", "two"]) await beat("a-name-of-some-length", name);
    const page = await openTable(here, "/work-pools");
    await page.setViewportSize(NARROW);
    const pools = page.getByRole("table", { name: "Work pools" });
    for (const said of ["2 workers online", "no worker is online"]) {
      const cell = pools.getByRole("cell", { name: said }).first();
      await cell.waitFor();
      expect(await cell.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
    }
    await page.close();
  });

  test("numbers of queues stand below each other", async () => {
    const page = await openTable(here, await pool("aligned"));
    const row = page.getByRole("table", { name: "Queues" }).getByRole("row").nth(1);
    const aligned = (at: number) =>
      row
        .getByRole("cell")
        .nth(at)
        .evaluate((one) => getComputedStyle(one).textAlign);
    expect([await aligned(1), await aligned(2), await aligned(3)]).toEqual(Array(3).fill("right"));
    await page.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test("the pages of work have no fault that axe finds", async () => {
    const path = await pool("looked-at", { concurrency_limit: 3, description: "For all." });
    await beat("looked-at", "four", "draining");
    await waiting("looked-at");
    const page = await openTable(here, "/work-pools");
    expect(await faults(page)).toEqual([]);
    await page.goto(path);
    await page.getByRole("region", { name: "Events" }).getByRole("row").nth(1).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
