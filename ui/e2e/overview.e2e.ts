import { once } from "node:events";
import { describe, expect, onTestFinished, test } from "vitest";
import { faults, findings } from "./browser.ts";
import { stage } from "./stage.ts";

const FAILS = `
from peninsula import emit_event, flow, task

@task
def load():
    told = emit_event("postgresql.query.failed", "postgresql://db.internal/shop")
    error = RuntimeError("password refused <img src=x onerror=alert(1)>")
    error._peninsula_event = told.id
    raise error

@flow(name="orders, daily", flow_run_name="first")
def orders():
    load()

orders(return_state=True)
`;

const FAILS_BY_ITSELF = `
from peninsula import flow

@flow
def short():
    raise ValueError("too short")

short(return_state=True)
`;

const COMPLETES = `
from peninsula import flow

@flow(name="orders, daily")
def orders(): ...

orders()
`;

const GOES_ON = `
from peninsula import flow

@flow(name="stream", flow_run_name="endless")
def stream():
    input()

stream()
`;

/** Sixty runs that are late, fifty-two that are to come, and fifty-one that wait for someone. */
const MANY = `
import asyncio
from datetime import UTC, datetime, timedelta
from peninsula.client.api import open_api
from peninsula.core.deployments import WantedDeployment, WantedRun
from peninsula.sdk.settings import settings

async def plan():
    async with open_api(settings()) as api:
        made = await api.save_deployment(WantedDeployment(flow="orders, daily", name="nightly"))
        for _ in range(60):
            await api.run_deployment(made.id, WantedRun())
        for hours in range(1, 53):
            due = datetime.now(UTC) + timedelta(hours=hours)
            await api.run_deployment(made.id, WantedRun(due=due))
        for _ in range(51):
            run = await api.run_deployment(made.id, WantedRun())
            await api.pause_flow_run(run.id)

asyncio.run(plan())
`;

/** A program whose flow fails, and waits for its next attempt. */
const WAITS = `
from peninsula import flow

@flow(retries=1, retry_delay_seconds=600)
def patient():
    raise ValueError("not yet")

patient()
`;

describe("an overview of nothing", () => {
  const here = stage();

  test("says how to begin", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByText("No flow ran in the last 24 hours.").waitFor();
    await page.getByText("peninsula run flow.py:nightly").waitFor();
    expect(await findings(page)).toEqual([]);
    await page.close();
  });
});

describe("an overview of failures that nothing outside led to", () => {
  const here = stage((server) => {
    server.run(FAILS_BY_ITSELF);
  });

  test("has no fault that axe finds in any theme", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByRole("heading", { name: "ValueError in short" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});

describe("an overview of more runs than it lists", () => {
  const here = stage((server) => server.run(MANY), { PENINSULA_LATE_AFTER: "0.1" });

  test("counts them all, and leads to them", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByText("60 runs are late").waitFor();
    await page.getByRole("region", { name: "Next" }).getByText("52", { exact: true }).waitFor();
    const late = page.getByRole("region", { name: "Late" });
    expect(await late.getByRole("listitem").count()).toBe(50);
    expect(await faults(page)).toEqual([]);
    await late.getByRole("link", { name: "all that are late" }).click();
    await page.getByRole("button", { name: "Scheduled 60" }).waitFor();
    await page.getByRole("button", { name: "State Late" }).waitFor();
    await page.close();
  });

  test.each([
    ["Running", "51", "all that run", "Paused 51"],
    ["Next", "52", "all that are scheduled", "Scheduled 112"],
  ])("leads from what is %s, %s of them, to %s", async (title, count, all, button) => {
    const page = await here.context.newPage();
    await page.goto("/");
    const list = page.getByRole("region", { name: title });
    await list.getByText(count, { exact: true }).waitFor();
    await list.getByRole("link", { name: all }).click();
    await page.getByRole("button", { name: button }).waitFor();
    await page.close();
  });

  test("leads to what waits for its next attempt, too", async () => {
    const program = here.server.begin(WAITS);
    onTestFinished(() => void program.kill("SIGKILL"));
    const page = await here.context.newPage();
    await page.goto("/");
    const running = page.getByRole("region", { name: "Running" });
    await running.getByText("AwaitingRetry").waitFor();
    await running.getByRole("link", { name: "all that run" }).click();
    await page.getByRole("button", { name: "Paused 51" }).waitFor();
    await page.getByRole("button", { name: "Scheduled 1" }).waitFor();
    await page.close();
  });

  test("leads from a state to as many runs as it says", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByRole("link", { name: "60 Scheduled" }).click();
    await page.getByRole("button", { name: "Scheduled 60" }).waitFor();
    await page.close();
  });
});

describe("the overview", () => {
  const here = stage((server) => {
    server.run(FAILS);
  });

  test("says what fails, why, and leads to the failing task; all of it as text", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByText("1 flow is failing").waitFor();
    const failing = page.getByRole("region", { name: "Failing now" });
    await failing.getByRole("heading", { name: "postgresql://db.internal/shop" }).waitFor();
    await failing.getByText("password refused <img src=x onerror=alert(1)>").waitFor();
    await failing.getByText("postgresql.query.failed").waitFor();
    const task = failing.getByRole("link", { name: "load in first" });
    expect(await task.getAttribute("href")).toMatch(/^\/runs\/[0-9a-f-]{36}\?sel=[0-9a-f-]{36}$/);
    await page.close();
  });

  test("is gone through by j and k from wherever one is", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    const failing = page.getByRole("region", { name: "Failing now" });
    const task = failing.getByRole("link", { name: "load in first" });
    await task.waitFor();
    await page.keyboard.press("j");
    await expect.poll(() => task.evaluate((link) => link === document.activeElement)).toBe(true);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: /^first/ }).waitFor();
    await page.close();
  });

  test("has no fault that axe finds in any theme, and does not scroll sideways", async () => {
    const page = await here.context.newPage();
    await page.goto("/?span=7d");
    await page.getByText("1 flow is failing").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("shows live what begins, and that a flow is well again", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByText("1 flow is failing").waitFor();
    await page.getByRole("navigation").getByText("Live").waitFor();
    const program = here.server.begin(GOES_ON);
    const running = page.getByRole("region", { name: "Running" });
    await running.getByRole("link", { name: "stream" }).waitFor();
    here.server.run(COMPLETES);
    await page.getByText("Nothing is failing, nothing is late").waitFor();
    await page.getByRole("region", { name: "Failed, and well again" }).waitFor();
    program.stdin?.end("\n");
    await once(program, "exit");
    await running.getByText("Nothing is running.").waitFor();
    await page.close();
  });

  test("keeps what someone points at as it is, and says that there is more", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    const running = page.getByRole("region", { name: "Running" });
    await running.getByText("Nothing is running.").hover();
    await page.getByRole("navigation").getByText("Live").waitFor();
    const program = here.server.begin(GOES_ON);
    await running.getByText("Something is new").waitFor();
    await running.getByText("Nothing is running.").waitFor();
    await page.getByRole("heading", { level: 1 }).hover();
    await running.getByRole("link", { name: "stream" }).waitFor();
    program.stdin?.end("\n");
    await once(program, "exit");
    await page.close();
  });
});
