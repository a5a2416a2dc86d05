import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { faults, findings, pathOfRun, WIDE } from "./browser.ts";
import { stage } from "./stage.ts";

const FLOWS = `
from peninsula import emit_event, flow, get_run_logger, task

@task
def extract(part):
    emit_event("s3.read.completed", {"peninsula.resource.id": f"s3://lake/raw/{part}.csv"})
    get_run_logger().info("\\x1b[32mread\\x1b[0m part %d", part)
    return [part]

@task(task_run_name="load <img src=x onerror=document.title='run'>")
def load(rows):
    emit_event("postgresql.execute.failed", {"peninsula.resource.id": "postgresql://db/warehouse"})
    get_run_logger().error("<script>document.title = 'run'</script> broken")
    raise ValueError("no <b>rows</b>")

@flow(flow_run_name="night-{number}")
def nightly(number: int, note: str = "<i>note</i>"):
    parts = extract.map(range(8)).result()
    if number == 2:
        load(parts)

@task
def nothing(): ...

@flow(flow_run_name="many")
def many():
    for _ in range(10_000):
        nothing()
`;

const NIGHTS = `${FLOWS}
for number in range(4):
    try:
        nightly(number)
    except ValueError:
        pass
`;

const WAITING = `
import sys
from peninsula import emit_event, flow, get_run_logger, task

@task
def first(): ...

@task
def second():
    emit_event("s3.write.completed", {"peninsula.resource.id": "s3://live/out.csv"})
    get_run_logger().info("second is there")

@flow(flow_run_name="goes-on")
def waits():
    first()
    sys.stdin.readline()
    second()
    sys.stdin.readline()

waits()
`;

const here = stage((server) => {
  server.run(LED);
  // Last, so that the newest failure is one of these.
  server.run(NIGHTS);
});

const pathOf = (name: string) => pathOfRun(here.context, name);

async function open(path: string): Promise<Page> {
  const page = await here.context.newPage();
  await page.goto(path);
  await page.getByRole("treegrid").getByRole("row").first().waitFor();
  return page;
}

/** Wait for all that the page asks: runs, events by their lanes, and the log. */
async function whole(page: Page): Promise<void> {
  await page
    .getByRole("treegrid")
    .getByRole("row", { name: /s3:\/\/lake/ })
    .waitFor();
  await page.getByRole("option").first().waitFor();
}

const search = (page: Page) => new URL(page.url()).searchParams;

const SLOWER = `
import os
import time
from peninsula import flow, task

@task
def wait(seconds):
    time.sleep(seconds)

@flow(flow_run_name="turn-{turn}")
def turns(turn, seconds):
    wait(seconds)

for turn, seconds in enumerate([0.1, 0.1, 0.1, 0.8]):
    turns(turn, seconds)
`;

const LED = `
from peninsula import emit_event, flow, task
from peninsula.sdk.telling import causes

@task
def save():
    emit_event("s3.read.completed", "s3://lake/in.csv")
    told = emit_event("s3.write.failed", "s3://lake/out.csv")
    error = OSError("the bucket is full")
    setattr(error, causes.CALL, told.id)
    raise error

@flow(flow_run_name="led")
def led():
    save()

led(return_state=True)
`;

const STUBBORN = `
from peninsula import flow, task

@task(retries=2, retry_delay_seconds=[0, 0.2])
def load():
    raise OSError("no rows yet")

@flow(flow_run_name="stubborn")
def stubborn():
    load()

stubborn(return_state=True)
`;

const REFUSED = { code: "forbidden", message: "This key may not read it.", details: {} };

describe("a run that failed", () => {
  test("is led to by keys alone, to the line that the task logged and to its event", async () => {
    const page = await here.context.newPage();
    await page.goto("/runs?state=FAILED");
    await page.getByRole("row").nth(1).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Why it failed" }).waitFor();
    await whole(page);
    await page.keyboard.press("f");
    const row = page.getByRole("treegrid").getByRole("row", { selected: true });
    await row.getByText("load <img").waitFor();
    await page.keyboard.press("l");
    const line = page.getByRole("option", { selected: true });
    await line.getByText("ValueError").waitFor();
    await page.keyboard.press("n");
    await line.getByText("s3.read.completed").waitFor();
    await expect.poll(() => search(page).get("event")).not.toBeNull();
    await page.close();
  });

  test("is shown by a deep link as it was seen", async () => {
    const first = await open(await pathOf("night-2"));
    await whole(first);
    await first.keyboard.press("f");
    await first.getByRole("row", { selected: true }).getByText("load <img").waitFor();
    await first.keyboard.press("w");
    await expect.poll(() => search(first).get("t")).not.toBeNull();
    await first.getByRole("button", { name: "Critical path" }).click();
    await first.getByRole("button", { name: "Critical path", pressed: true }).waitFor();
    const second = await open(first.url());
    await whole(second);
    const view = (page: Page) => page.getByRole("img", { name: /^Timeline of/ });
    const said = await view(first).getAttribute("aria-label");
    await expect.poll(() => view(second).getAttribute("aria-label")).toBe(said);
    await second.getByRole("row", { selected: true }).getByText("load <img").waitFor();
    await second.getByRole("button", { name: "Critical path", pressed: true }).waitFor();
    await Promise.all([first.close(), second.close()]);
  });

  test("shows on the axis the moment of the line that is pointed at, and in the log that of the axis", async () => {
    const page = await open(await pathOf("night-2"));
    await whole(page);
    const marks = page.locator("[data-moment]");
    expect(await marks.count()).toBe(0);
    await page.getByRole("option").first().hover();
    await expect.poll(() => marks.count()).toBe(2);
    const picture = page.getByRole("img", { name: /^Timeline of/ });
    const { width = 0 } = (await picture.boundingBox()) ?? {};
    await picture.hover({ position: { x: width - 2, y: 8 } });
    await page.locator("[role=option][data-pointed]").waitFor();
    await page.getByRole("heading", { name: "Why it failed" }).hover();
    await expect.poll(() => marks.count()).toBe(0);
    await expect.poll(() => page.locator("[data-pointed]").count()).toBe(0);
    await page.close();
  });

  test("has its mapped tasks in one row, which opens and closes by the arrows", async () => {
    const page = await open(await pathOf("night-2"));
    await whole(page);
    const rows = page.getByRole("treegrid").getByRole("row");
    const before = await rows.count();
    await rows.getByText("extract").click();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => rows.count()).toBe(before + 8);
    await expect.poll(() => search(page).get("open")).toContain("/extract");
    await page.keyboard.press("ArrowLeft");
    await expect.poll(() => rows.count()).toBe(before);
    await page.close();
  });

  test("shows names, messages, parameters and log lines as text", async () => {
    const page = await open(await pathOf("night-2"));
    await page.getByRole("treegrid").getByText("night-2").click();
    await page.getByText("<i>note</i>").waitFor();
    await page.getByRole("option").getByText("<script>").waitFor();
    expect(await page.locator("main :is(b:text('rows'), i, img, script)").count()).toBe(0);
    expect(await page.title()).toContain("night-2");
    await page.close();
  });

  test("has others of its flow beside it, which [ and ] lead to", async () => {
    const page = await open(await pathOf("night-2"));
    await page.keyboard.press("]");
    await page.getByRole("heading", { name: /^night-3/ }).waitFor();
    await page.keyboard.press("[");
    await page.getByRole("heading", { name: /^night-2/ }).waitFor();
    await page.close();
  });
});

describe("what depends on what", () => {
  test("is a graph, in which what is selected on the timeline is selected", async () => {
    const page = await open(await pathOf("night-2"));
    await page.keyboard.press("f");
    await page.getByRole("row", { selected: true }).getByText("load <img").waitFor();
    await page.keyboard.press("v");
    const graph = page.getByRole("region", { name: "Graph" });
    await graph.getByRole("button", { name: /load <img/, pressed: true }).waitFor();
    await graph.getByRole("button", { name: /extract ×8/ }).click();
    await page.getByRole("heading", { name: "extract ×8" }).waitFor();
    expect(search(page).get("view")).toBe("graph");
    expect(await findings(page)).toEqual([]);
    await page.close();
  });
});

describe("the last success", () => {
  test("is what a failed run is compared with: tasks, and what happened to systems", async () => {
    const page = await open(await pathOf("night-2"));
    await page.getByRole("button", { name: "Compare with last success" }).click();
    const compared = page.getByRole("region", { name: /^Compared with night-1/ });
    await compared.getByRole("row", { name: /^load .* not run/ }).waitFor();
    await compared.getByRole("row", { name: /^postgresql.* not touched/ }).waitFor();
    expect(search(page).get("with")).not.toBeNull();
    expect(await findings(page)).toEqual([]);
    await page.close();
  });
});

describe("a task run", () => {
  test("is shown in its flow run, selected", async () => {
    const answer = await here.context.request.get("/api/task-runs?state=FAILED");
    const { items } = (await answer.json()) as { items: { id: string; root: string }[] };
    const page = await open(`/runs/${items[0]?.id}`);
    await page.getByRole("row", { selected: true }).getByText("load <img").waitFor();
    expect(new URL(page.url()).pathname).toBe(`/runs/${items[0]?.root}`);
    await page.close();
  });
});

describe("a suspect", () => {
  test("is the cause no more when someone says so, until that is taken back", async () => {
    const page = await open(await pathOf("led"));
    const why = page.getByRole("region", { name: "Why it failed" });
    await why.getByText("because of s3.write.failed").waitFor();
    await why.getByRole("button", { name: "Not the cause: s3.write.failed" }).click();
    await why.getByText("no cause outside of its code is known").waitFor();
    await why.getByText("not the cause").waitFor();
    await why.getByRole("button", { name: "Restore: s3.write.failed" }).click();
    await why.getByText("because of s3.write.failed").waitFor();
    await page.close();
  });
});

describe("the keys of a run", () => {
  test("look closer and elsewhere, and go to failures, events and the cause", async () => {
    const page = await open(await pathOf("led"));
    await whole(page);
    await page.getByRole("heading", { name: "Why it failed" }).waitFor();
    await page.getByRole("radio", { name: "timeline" }).focus();
    const said = (name: string) => search(page).get(name);
    let last: string | null = null;
    for (const key of ["w", "a", "d", "s"]) {
      const before: string | null = last;
      await page.keyboard.press(key);
      await expect.poll(() => said("t"), { message: key }).not.toBe(before);
      last = said("t");
    }
    await page.keyboard.press("0");
    await expect.poll(() => said("t")).toBeNull();
    await page.keyboard.press("f");
    await page.getByRole("row", { name: /save-0/, selected: true }).waitFor();
    for (const [key, event] of [
      ["n", "s3.read.completed"],
      ["n", "s3.write.failed"],
      ["p", "s3.read.completed"],
      ["e", "s3.write.failed"],
    ] as const) {
      await page.keyboard.press(key);
      await page.getByRole("option", { selected: true }).getByText(event).waitFor();
    }
    await page.close();
  });
});

describe("a task", () => {
  test("is held against how long it took in the runs before", async () => {
    here.server.run(SLOWER);
    const page = await open(await pathOf("turn-3"));
    await page.getByRole("row", { name: /wait-0/ }).click();
    const against = page.locator("div", { has: page.getByText("Against usual", { exact: true }) });
    await against
      .last()
      .getByText(/^\d+\.\d× its usual [\d.]+m?s$/)
      .waitFor();
    await against
      .last()
      .getByTitle(/^Median of 3 earlier ones/)
      .waitFor();
    await page.close();
  });
});

describe("what is known of what is selected", () => {
  test("has the attempts of a task that had several, and how each ended", async () => {
    here.server.run(STUBBORN);
    const page = await open(await pathOf("stubborn"));
    await page.getByRole("row", { name: /load-0/ }).click();
    const attempts = page.getByRole("list", { name: "Attempts" }).getByRole("listitem");
    await expect.poll(() => attempts.count()).toBe(3);
    for (const [index, said] of (await attempts.allInnerTexts()).entries()) {
      expect(said).toMatch(new RegExp(`^${index + 1}\\s+Failed.*ms\\s.*no rows yet`, "s"));
    }
    expect(await findings(page)).toEqual([]);
    await page.close();
  });

  test.each([
    ["a task", "**/api/task-runs/*", /load <img/],
    ["a system", "**/api/events?*", /postgresql:/],
  ])(
    "says what went wrong where %s cannot be asked for, and asks again",
    async (_, asked, name) => {
      const page = await open(await pathOf("night-2"));
      await whole(page);
      await page.route(asked, (route) => route.fulfill({ status: 403, json: REFUSED }));
      await page.getByRole("treegrid").getByRole("row", { name }).click();
      if (asked.includes("events")) await page.keyboard.press("n");
      const problem = page.getByRole("alert").filter({ hasText: REFUSED.message });
      await problem.waitFor();
      await page.unroute(asked);
      await problem.getByRole("button", { name: "Try again" }).click();
      await problem.waitFor({ state: "detached" });
      await page
        .getByText(asked.includes("events") ? "Occurred" : "Attempt", { exact: true })
        .waitFor();
      await page.close();
    },
  );
});

describe("a run that goes on", () => {
  test("brings its bars, log and events without a reload, until it is over", async () => {
    const told = here.server.begin(WAITING);
    const page = await open(await pathOf("goes-on"));
    const tree = page.getByRole("treegrid");
    await tree.getByText("first-0").waitFor();
    expect(await tree.getByText("second-0").count()).toBe(0);
    told.stdin?.write("\n");
    await tree.getByText("second-0").waitFor();
    await tree.getByText("s3://live").waitFor();
    await page.getByRole("option").getByText("second is there").waitFor();
    told.stdin?.write("\n");
    await page
      .getByRole("banner")
      .or(page.locator("main header"))
      .first()
      .getByText("Completed")
      .waitFor();
    await page.close();
  });

  test("is cancelled by who may, once they have said so twice", async () => {
    here.server.begin(WAITING.replace("goes-on", "is-stopped"));
    const path = await pathOf("is-stopped");
    const page = await open(path);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Let it go on" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByText("Cancelled", { exact: true }).first().waitFor();
    await page.close();
  });

  test("is not for those who may only read to cancel", async () => {
    const told = here.server.begin(WAITING.replace("goes-on", "is-watched"));
    const path = await pathOf("is-watched");
    const made = await here.context.request.post("/api/keys", {
      data: { name: "reader", scopes: ["read"] },
      headers: { Authorization: `Bearer ${here.server.token}` },
    });
    const { secret: key } = (await made.json()) as { secret: string };
    const own = await here.browser.newContext({ viewport: WIDE, baseURL: here.server.url });
    await own.request.post("/api/session", { data: { key } });
    const page = await own.newPage();
    await page.goto(path);
    await page.getByRole("treegrid").getByText("first-0").waitFor();
    expect(await page.getByRole("button", { name: "Cancel" }).count()).toBe(0);
    told.stdin?.write("\n\n");
    await own.close();
  });
});

test("the card of an event has its runs by their names", async () => {
  const page = await open(await pathOf("led"));
  await whole(page);
  await page.getByRole("button", { name: "Jump to the event" }).waitFor();
  await page.keyboard.press("e");
  const fact = (title: string) =>
    page
      .locator("dt")
      .filter({ hasText: new RegExp(`^${title}$`) })
      .locator("xpath=following::a[1]");
  await expect.poll(() => fact("Run").textContent()).toBe("save-0");
  await expect.poll(() => fact("Flow run").textContent()).toBe("led");
  await page.close();
});

// Made by real flows, which takes its time on a small machine.
describe("much of it", { timeout: 180_000 }, () => {
  test("a run of ten thousand tasks has few rows, and all of them when they are opened", async () => {
    here.server.run(`${FLOWS}\nmany()`);
    const page = await open(await pathOf("many"));
    await page.getByText("×10,000").click();
    await page.keyboard.press("ArrowRight");
    const tree = page.getByRole("treegrid");
    await expect.poll(() => tree.getAttribute("aria-rowcount")).toBe("10002");
    expect(await tree.getByRole("row").count()).toBeLessThan(60);
    await page.keyboard.press("End");
    await tree.getByText("nothing-9999").waitFor();
    await page.getByRole("button", { name: "All rows in sight" }).click();
    const inside = tree.locator("xpath=../..");
    await expect
      .poll(() => inside.evaluate((all) => all.scrollHeight <= all.clientHeight))
      .toBe(true);
    await tree.getByText("nothing-9999").waitFor();
    expect(await tree.getByRole("row").count()).toBeLessThan(10);
    expect(search(page).get("rows")).toBe("fit");
    expect(await findings(page)).toEqual([]);
    await page.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test("the page has no fault that axe finds, and no sideways scroll", async () => {
    const page = await here.context.newPage();
    await page.goto(`${await pathOf("night-2")}?event=1`);
    await whole(page);
    await page.keyboard.press("f");
    await page.getByRole("option", { selected: true }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("nor has it with an event that others followed", async () => {
    const page = await here.context.newPage();
    await page.goto(await pathOf("led"));
    await whole(page);
    await page.getByRole("button", { name: "Jump to the event" }).waitFor();
    await page.keyboard.press("e");
    await page.getByText("What led to it, and what followed").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
