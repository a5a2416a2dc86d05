import { describe, expect, test } from "vitest";
import { faults } from "./browser.ts";
import { stage } from "./stage.ts";

/** A run of a deployment in a pod that is killed, told as its worker and the cluster's watcher do. */
const told = (url: string) => `
import os
import httpx
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4
from peninsula.core import codec
from peninsula.core.runs import RunKind
from peninsula.core.states import StateType
from tests.support.make import START, Teller, change, event, state

key = Path(os.environ["PENINSULA_HOME"], "token").read_text().strip()
api = httpx.Client(base_url="${url}/api", headers={"Authorization": f"Bearer {key}"}, timeout=60)
schema = {"properties": {"day": {"type": "string"}}, "required": ["day"]}
made = api.post("/deployments", json={"flow": "orders", "name": "prod",
    "entrypoint": "orders.py:orders", "parameter_schema": schema}).json()
asked = api.post(f"/deployments/{made['id']}/runs", json={"parameters": {"day": "2026-01-31"}})
run = UUID(asked.json()["id"])
pod = "kubernetes://prod-eu/data/pod/orders-7xk2p"
begun = datetime.now(UTC)
after = lambda seconds: begun + timedelta(seconds=seconds / 10)
teller = Teller(clock=(begun - START) // timedelta(microseconds=1))

def happened(name, resource, seconds, payload={}):
    teller.tell(event(name, resource, occurred=after(seconds), payload=payload), run, run)

happened("kubernetes.pod.scheduled", pod, 1)
flow = {"container": "flow", "restart": 0}
happened("kubernetes.pod.started", pod, 3, flow)
teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING), after(4)), run, run)
happened("s3.get.completed", "s3://lake/raw/a.csv", 5)
ended = {**flow, "exit_code": 137, "reason": "OOMKilled", "started": "x"}
happened("kubernetes.pod.oom-killed", pod, 20, ended)
died = change(StateType.CRASHED, message="OOMKilled")
teller.tell(state(run, RunKind.FLOW_RUN, died, after(21)), run, run)
api.post("/intake", content=codec.encode(teller.batch())).raise_for_status()
print(run)
`;

let path: string;

const here = stage((server) => {
  path = `/runs/${server.run(told(server.url)).trim()}`;
});

describe("what a run ran on", () => {
  test("has a lane of its own, by its name, before other systems", async () => {
    const page = await here.context.newPage();
    await page.goto(path);
    const rows = page.getByRole("treegrid").getByRole("row");
    await rows.first().getByText("pod orders-7xk2p").waitFor();
    await rows.nth(1).getByText("s3://lake").waitFor();
    await page.close();
  });

  test("is told as a story, an event of which can be looked at", async () => {
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("group", { name: "View" }).getByText("infrastructure").click();
    const pod = page.getByRole("region", { name: "pod orders-7xk2p" });
    await expect.poll(() => pod.getByRole("listitem").count()).toBe(3);
    await pod.getByRole("button", { name: "kubernetes.pod.oom-killed" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("event")).not.toBeNull();
    expect(new URL(page.url()).searchParams.get("view")).toBe("infrastructure");
    await pod.getByRole("button", { pressed: true }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});

describe("a pod of a run", () => {
  test("lists its containers, what one of which printed the log is narrowed to", async () => {
    const page = await here.context.newPage();
    await page.goto(`${path}?view=infrastructure`);
    const pod = page.getByRole("region", { name: "pod orders-7xk2p" });
    await pod.getByRole("button", { name: "flow OOMKilled, exit code 137" }).click();
    await page.getByText("Container flow of orders-7xk2p printed nothing").waitFor();
    expect(new URL(page.url()).searchParams.get("from")).toBe("orders-7xk2p/flow/0");
    await page.getByRole("button", { name: "Printed by flow of orders-7xk2p" }).click();
    await page.getByText("kubernetes.pod.scheduled").first().waitFor();
    await page.close();
  });
});

describe("a run of a deployment", () => {
  test("is run again with the parameters that it had", async () => {
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("link", { name: "Run again" }).click();
    await page.getByText("its secrets are to be typed again").waitFor();
    expect(await page.getByLabel(/^day/i).inputValue()).toBe("2026-01-31");
    await page.getByRole("button", { name: "Run it now" }).click();
    await page.waitForURL(/\/runs\/[0-9a-f-]{36}$/);
    expect(new URL(page.url()).pathname).not.toBe(path);
    await page.close();
  });

  test("that failed is tried again after a question", async () => {
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByText("Crashed").first().waitFor();
    await page.getByRole("button", { name: "Retry" }).click();
    await page.getByRole("button", { name: "Retry the run" }).click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page
      .getByText(/^(Scheduled|Late)$/)
      .first()
      .waitFor();
    await page.getByRole("button", { name: "Retry" }).waitFor({ state: "detached" });
    await page.close();
  });

  test("that was deleted is neither tried again nor run again", async () => {
    const page = await here.context.newPage();
    await page.goto(path);
    const href = await page.getByRole("link", { name: "prod", exact: true }).getAttribute("href");
    const headers = { authorization: `Bearer ${here.server.token}` };
    await here.context.request.delete(`/api${href}`, { headers });
    await page.getByText("Cancelled").first().waitFor();
    await page.getByText("deploy the flow anew, or run it by code").waitFor();
    expect(await page.getByRole("button", { name: "Retry" }).count()).toBe(0);
    expect(await page.getByRole("link", { name: "Run again" }).count()).toBe(0);
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
