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

/** A run of a deployment that failed, and that someone has tried again: no worker is there to begin it. */
const RETRIED = (url: string) => `
import os
import httpx
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
from peninsula.core import codec
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, change, state

key = Path(os.environ["PENINSULA_HOME"], "token").read_text().strip()
api = httpx.Client(base_url="${url}/api", headers={"Authorization": f"Bearer {key}"}, timeout=60)

def post(path, **body):
    said = api.post(path, **body)
    said.raise_for_status()
    return said.json()

told = {"flow": "orders", "name": "prod", "entrypoint": "orders.py:orders"}
made = post("/deployments", json=told)
run = UUID(post(f"/deployments/{made['id']}/runs", json={"name": "retried"})["id"])
teller = Teller(clock=(datetime.now(UTC) - START).total_seconds().__trunc__() * 1_000_000)
for type_ in (StateType.RUNNING, StateType.FAILED):
    teller.tell(state(run, RunKind.FLOW_RUN, change(type_), datetime.now(UTC)), run, run)
api.post("/intake", content=codec.encode(teller.batch())).raise_for_status()
post(f"/flow-runs/{run}/retry")
`;

const here = stage((server) => {
  server.run(FLOWS);
  server.run(RETRIED(server.url));
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

  test("has no duration that goes on where it waits to be started again", async () => {
    const path = await pathOfRun(here.context, "retried");
    const told = await here.context.request.get(`/api/flow-${path.slice(1)}`);
    expect(((await told.json()) as { started: string | null }).started).not.toBeNull();
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByText(/→ … · –$/).waitFor();
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
