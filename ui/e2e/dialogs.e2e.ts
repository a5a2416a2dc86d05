import type { Locator, Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { faults, NARROW, overhang } from "./browser.ts";
import { stage } from "./stage.ts";

/** Runs of a deployment that has a schedule: one is over, one crashed, one goes on, one waits for someone. */
const told = (url: string) => `
import json
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

def post(path, body):
    said = api.post(path, json=body)
    said.raise_for_status()
    return said.json()

schema = {"properties": {"day": {"type": "string", "format": "date"}, "limit": {"type": "integer"}}}
schedule = {"rule": {"kind": "cron", "cron": "0 2 * * *"}, "timezone": "Europe/Berlin"}
made = post("/deployments", {"flow": "orders", "name": "prod", "entrypoint": "orders.py:orders",
    "parameter_schema": schema, "schedules": [schedule]})
post("/work-pools", {"name": "lake", "type": "process"})

teller = Teller(clock=(datetime.now(UTC) - START).total_seconds().__trunc__() * 1_000_000)
asked = {"schema": {**schema, "required": ["day"]}, "description": "Look at the day."}
runs = {}
for name, end, details in (
    ("completed", StateType.COMPLETED, {}),
    ("crashed", StateType.CRASHED, {}),
    ("running", None, {}),
    ("paused", StateType.PAUSED, {"input": asked}),
):
    run = runs[name] = UUID(post(f"/deployments/{made['id']}/runs", {"name": name})["id"])
    now = datetime.now(UTC)
    teller.tell(state(run, RunKind.FLOW_RUN, change(StateType.RUNNING), now), run, run)
    if end is not None:
        ended = change(end, message=f"It is {name}.", details=details)
        teller.tell(state(run, RunKind.FLOW_RUN, ended, now), run, run)
api.post("/intake", content=codec.encode(teller.batch())).raise_for_status()
paths = {name: f"/runs/{run}" for name, run in runs.items()}
print(json.dumps({**paths, "deployment": f"/deployments/{made['id']}", "pool": "/work-pools/lake"}))
`;

let paths: Record<string, string>;

const here = stage((server) => {
  paths = JSON.parse(server.run(told(server.url)));
});

/** Where each dialog is, the button that opens it, and how it is called. */
const DIALOGS = [
  // First: nobody goes on to tell of that run, and after a while it counts as crashed.
  ["running", "Cancel", "Cancel the run"],
  ["running", "Pause", "Pause the run"],
  ["running", "Suspend", "Suspend the run"],
  ["deployment", "Add a schedule", "Add the schedule"],
  ["deployment", "Change", "Save the schedule"],
  ["deployment", "Remove", "Remove the schedule"],
  ["deployment", "Backfill", "Backfill"],
  ["deployment", "Delete", "Delete the deployment"],
  ["pool", "Change", "Base job template"],
  ["pool", "Change the limit", "Limit of lake"],
  ["pool", "Change default", "Queue default"],
  ["paused", "Resume", "Resume the run"],
  ["crashed", "Retry", "Retry the run"],
] as const;

describe("every dialog", () => {
  let page: Page;

  beforeAll(async () => {
    page = await here.context.newPage();
  });

  test.each(DIALOGS)(
    "of %s, opened by %s, is called %s, and can be left",
    async (at, button, title) => {
      const path = paths[at] as string;
      if (!page.url().endsWith(path)) await page.goto(path);
      const opener = page.getByRole("button", { name: button, exact: true }).first();
      await opener.click();
      const dialog = page.getByRole("dialog", { name: title });
      await dialog.getByRole("heading", { name: title }).waitFor();
      expect(await faults(page)).toEqual([]);
      // A question opens on what leaves all as it is: whoever hits Enter twice loses nothing.
      if ((await dialog.locator("form").count()) === 0) {
        expect(await isFocused(dialog.getByRole("button").last())).toBe(true);
      }
      await page.keyboard.press("Escape");
      await isLeft(dialog, opener);
      await opener.click();
      await dialog.getByRole("button").last().click();
      await isLeft(dialog, opener);
    },
  );
});

test("the buttons of a paused run keep their words whole on a phone", async () => {
  const page = await here.context.newPage();
  await page.setViewportSize(NARROW);
  await page.goto(paths.paused as string);
  for (const name of ["Compare with last success", "Resume", "Cancel"]) {
    const button = page.getByRole("button", { name, exact: true });
    expect((await button.boundingBox())?.height, name).toBeLessThan(TWO_LINES);
  }
  expect(await overhang(page)).toBe(0);
  await page.close();
});

/** Height in px of a button whose text is in two lines, with its edges. */
const TWO_LINES = 40;

async function isLeft(dialog: Locator, opener: Locator): Promise<void> {
  await dialog.waitFor({ state: "detached" });
  expect(await isFocused(opener)).toBe(true);
}

function isFocused(locator: Locator): Promise<boolean> {
  return locator.evaluate((element) => element === document.activeElement);
}
