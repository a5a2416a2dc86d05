import { describe, expect, test } from "vitest";
import { faults, NARROW, overhang } from "./browser.ts";
import { openTable, stage } from "./stage.ts";

const SCHEMA = {
  type: "object",
  required: ["day"],
  properties: {
    day: { type: "string", title: "day", description: "Whose orders." },
    limit: { type: "integer", title: "limit", default: 10, minimum: 1 },
    chat: { type: "integer", title: "chat" },
  },
};

let path: string;

const here = stage();

/** Make what the tests look at, as a client would. */
async function post<T>(to: string, data: unknown): Promise<T> {
  const headers = { Authorization: `Bearer ${here.server.token}` };
  const answer = await here.context.request.post(to, { data, headers });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()) as T;
}

async function deployed(name: string, more: object = {}): Promise<string> {
  const { id } = await post<{ id: string }>("/api/deployments", {
    flow: "orders",
    name,
    entrypoint: "flows/orders.py:orders",
    parameters: { limit: 20 },
    parameter_schema: SCHEMA,
    schedules: [
      {
        rule: { kind: "cron", cron: "0 2 * * *" },
        timezone: "Europe/Berlin",
        parameters: { day: "today" },
      },
    ],
    ...more,
  });
  return `/deployments/${id}`;
}

describe("deployments", () => {
  test("say how one is made where there is none", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByRole("link", { name: "Deployments" }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("d");
    await page.getByText("There are no deployments yet.").waitFor();
    await page.close();
  });

  test("are listed with their schedules and when they run next, and lead to their pages", async () => {
    path = await deployed("nightly");
    const page = await openTable(here, "/deployments");
    await page.getByText("cron 0 2 * * *").waitFor();
    await page.getByRole("link", { name: "orders/nightly" }).click();
    await page.getByRole("heading", { name: "nightly", level: 1 }).waitFor();
    await page.getByText("flows/orders.py:orders").waitFor();
    const next = page.getByRole("region", { name: "Next" });
    await expect.poll(() => next.getByRole("listitem").count()).toBe(8);
    // The rule beside it may be of another clock than the page.
    await next
      .getByText(/:\d\d (UTC|[+-]\d\d:\d\d)$/)
      .first()
      .waitFor();
    await page.close();
  });
});

describe("a schedule", () => {
  test("says when it would run while it is typed, and what is wrong with it", async () => {
    path = await deployed("typed");
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("button", { name: "Add a schedule" }).click();
    const dialog = page.getByRole("dialog", { name: "Add the schedule" });
    await dialog.getByLabel("Rule", { exact: true }).fill("61 * * * *");
    await dialog.getByRole("alert").waitFor();
    await dialog.getByText("interval").click();
    await dialog.getByLabel("Rule", { exact: true }).fill("1h 30m");
    await dialog.getByLabel("Time zone").selectOption("UTC");
    const moments = dialog.getByRole("list", { name: "It would run" }).getByRole("listitem");
    await expect.poll(() => moments.count()).toBe(5);
    await dialog.getByRole("button", { name: "Add the schedule" }).click();
    await dialog.getByText("'day' is missing").waitFor();
    await dialog.getByLabel("Parameters").fill('{"day": "today"');
    await dialog.getByText("This is no JSON object.").waitFor();
    await dialog.getByLabel("Parameters").fill('{"day": "today"}');
    await dialog.getByRole("button", { name: "Add the schedule" }).click();
    // While it is there, the moments that it lists are in the region, too.
    await dialog.waitFor({ state: "detached" });
    const schedules = page.getByRole("region", { name: "Schedules" });
    await schedules.getByText("every 1h 30m").waitFor();
    expect(await schedules.getByRole("listitem").count()).toBe(2);
    await page.close();
  });

  test("is changed, turned off and taken away", async () => {
    path = await deployed("changed");
    const page = await here.context.newPage();
    await page.goto(path);
    const schedules = page.getByRole("region", { name: "Schedules" });
    await schedules.getByRole("button", { name: "Change" }).click();
    const dialog = page.getByRole("dialog", { name: "Save the schedule" });
    await dialog.getByLabel("Rule", { exact: true }).fill("30 3 * * *");
    await dialog.getByRole("button", { name: "Save the schedule" }).click();
    await schedules.getByText("cron 30 3 * * *").waitFor();
    await schedules.getByRole("button", { name: "Turn off" }).click();
    await page.getByText("No schedule of it is active.").waitFor();
    await schedules.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("button", { name: "Remove the schedule" }).click();
    await schedules.getByText("It has none").waitFor();
    await page.close();
  });
});

describe("a deployment", () => {
  test("is run for the days of a span, each once", async () => {
    const page = await here.context.newPage();
    await page.goto(await deployed("backfilled"));
    const dialog = page.getByRole("dialog", { name: "Backfill" });
    for (const said of ["3 runs were made.", "0 runs were made. 3 were there already."]) {
      await page.getByRole("button", { name: "Backfill" }).click();
      const make = dialog.getByRole("button", { name: "Make the runs" });
      expect(await make.isDisabled()).toBe(true);
      await dialog.getByLabel("From").fill("2026-01-04T12:00");
      await dialog.getByLabel("To, that moment left out").fill("2026-01-03T12:00");
      await dialog.getByText("It ends before it begins.").waitFor();
      await dialog.getByLabel("To, that moment left out").fill("2026-01-07T12:00");
      await dialog.getByLabel("Parameter that is set").selectOption("day");
      await make.click();
      await dialog.getByText(said).waitFor();
      if (said.startsWith("3")) await dialog.getByRole("button", { name: "Close" }).click();
    }
    await dialog.getByRole("link", { name: "Runs of orders in that time" }).click();
    await page.getByRole("table", { name: "Runs" }).getByRole("row").nth(3).waitFor();
    await page.close();
  });

  test("is paused, so that its schedules make no runs, and goes on", async () => {
    path = await deployed("paused");
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused: its schedules make no runs").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByRole("button", { name: "Pause" }).waitFor();
    await page.close();
  });

  test("is run with parameters that are filled in by their schema", async () => {
    path = await deployed("run", { schedules: [] });
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("link", { name: "Run", exact: true }).click();
    await page.getByRole("heading", { name: "Run run" }).waitFor();
    expect(await page.getByLabel(/^limit/).inputValue()).toBe("20");
    await page.getByRole("button", { name: "Run it now" }).click();
    await page.getByText("It is needed.").waitFor();
    await page.getByLabel(/^day/).fill("2026-01-31");
    await page.getByLabel(/^chat/).fill("-1001234567890123456");
    await page.getByRole("button", { name: "Run it now" }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
    const id = new URL(page.url()).pathname.split("/").at(-1);
    const told = await (await here.context.request.get(`/api/flow-runs/${id}`)).text();
    expect(told).toContain('"limit":20');
    expect(told).toContain('"chat":-1001234567890123456');
    expect(told).toContain('"day":"2026-01-31"');
    await page.goto(path);
    const runs = page.getByRole("region", { name: "Runs", exact: true });
    await expect.poll(() => runs.getByRole("row").count()).toBe(2);
    await page.getByRole("grid", { name: "Tasks by runs" }).getByText("The run").waitFor();
    await here.context.request.post(`/api/flow-runs/${id}/cancel`, {
      data: {},
      headers: { Authorization: `Bearer ${here.server.token}` },
    });
    await page.goto("/deployments?q=run");
    await page.getByRole("row", { name: /orders\/run.*Cancelled/ }).waitFor();
    await page.close();
  });

  test("is deleted after a question, and its address says that it is gone", async () => {
    path = await deployed("gone");
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete the deployment" }).click();
    await page.waitForURL("**/deployments");
    await page.goto(path);
    await page.getByText("peninsula deployment ls").first().waitFor();
    await page.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test.each(["", "/run"])("the page%s has no fault that axe finds", async (part) => {
    const at = await deployed("looked-at");
    const page = await here.context.newPage();
    await page.goto(`${at}${part}`);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.getByText(part === "" ? "Entrypoint" : "Whose orders.").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("the list and the form of a schedule have none", async () => {
    const at = await deployed("form");
    const page = await openTable(here, "/deployments");
    expect(await faults(page)).toEqual([]);
    await page.goto(at);
    await page.getByRole("button", { name: "Add a schedule" }).click();
    await page.getByLabel("Rule", { exact: true }).fill("0 6 * * 1");
    await page.getByRole("list", { name: "It would run" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.setViewportSize(NARROW);
    expect(await overhang(page)).toBe(0);
    await page.close();
  });
});
