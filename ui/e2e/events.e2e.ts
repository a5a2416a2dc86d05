import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { faults } from "./browser.ts";
import { openTable, stage } from "./stage.ts";

const FLOWS = `
from peninsula import flow
from peninsula.events import emit_event

def read(number, outcome="completed"):
    emit_event(
        f"s3.read.{outcome}",
        {"id": f"s3://lake/raw/{number}.csv", "name": "<b>part</b>"},
        related=[{"id": "vault://secrets/lake", "role": "credential"}],
        payload={"seconds": 1.5, "message": "<script>document.title='run'</script>"},
    )

@flow
def load():
    for number in range(60):
        read(number)
    read(60, "failed")
    full = emit_event("s3.bucket.full", "s3://lake")
    refused = emit_event("s3.write.refused", "s3://lake", follows=full)
    emit_event("s3.alert.sent", "s3://lake", follows=refused)
    emit_event("s3.orders.loaded", "s3://lake", payload={"order_id": 1234567890123456789, "ratio": 1.0})

load()
`;

const ONE_MORE = `
from peninsula.events import emit_event

emit_event("s3.lifecycle.expired", "s3://lake/raw/1.csv", payload={"version": 1234567890123456789})
`;

const MUCH_SINCE = `
from peninsula import flow
from peninsula.events import emit_event

API = "https://api.example/rates"

@flow
def once():
    emit_event("https.get.completed", API, payload={"seconds": 2.5})

once()
for number in range(210):
    emit_event("https.rate.limited", API)
`;

const PLANNED = `
import asyncio
from datetime import UTC, datetime, timedelta
from peninsula.client.api import open_api
from peninsula.core.deployments import WantedDeployment, WantedRun
from peninsula.sdk.settings import settings

async def plan():
    async with open_api(settings()) as api:
        made = await api.save_deployment(WantedDeployment(flow="load", name="later"))
        due = datetime.now(UTC) + timedelta(hours=30)
        await api.run_deployment(made.id, WantedRun(name="tomorrow", due=due))

asyncio.run(plan())
`;

const here = stage((server) => server.run(FLOWS));

const open = (path: string) => openTable(here, path);

const rowsOf = (page: Page) => page.locator("[data-row]");

describe("the events", () => {
  test("stand a line each, 25 of them in sight", async () => {
    const page = await open("/events");
    await page.getByRole("group", { name: /^Events by time/ }).waitFor();
    const inSight = await rowsOf(page).evaluateAll(
      (rows) => rows.filter((row) => row.getBoundingClientRect().bottom <= innerHeight).length,
    );
    expect(inSight).toBeGreaterThanOrEqual(25);
    await page.close();
  });

  test("open to all that they say, as text, and the address keeps which", async () => {
    const page = await open("/events?q=type:s3.read.failed");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByText("vault://secrets/lake").first().waitFor();
    await page.getByRole("group", { name: "Payload" }).getByText("<script>").waitFor();
    await expect.poll(() => page.url()).toContain("open=");
    expect(await page.title()).toBe("Events · Peninsula");
    expect(await page.locator("main b").count()).toBe(0);
    await page.reload();
    await page.getByRole("group", { name: "Payload" }).waitFor();
    await page.close();
  });

  test("say each digit of their numbers, in a line, opened, and beside their run", async () => {
    const page = await open("/events?q=type:s3.orders.loaded");
    const row = rowsOf(page).first();
    await row.getByText("order_id 1234567890123456789 · ratio 1.0").waitFor();
    await row.getByRole("link").first().click();
    const payload = page.getByRole("group", { name: "Payload" });
    const said = '{\n  "order_id": 1234567890123456789,\n  "ratio": 1.0\n}';
    expect(await payload.textContent()).toBe(said);
    const answer = await here.context.request.get("/api/events?q=type:s3.orders.loaded");
    const { items } = (await answer.json()) as { items: { run: string; position: number }[] };
    await page.goto(`/runs/${items[0]?.run}?event=${items[0]?.position}`);
    await expect.poll(() => payload.textContent()).toBe(said);
    await page.close();
  });

  test("lead along what followed what, in both directions", async () => {
    const page = await open("/events?q=type:s3.write.refused");
    await rowsOf(page).first().getByRole("link").first().click();
    const chain = page.getByRole("list").filter({ hasText: "s3.alert.sent" });
    await expect.poll(() => chain.getByRole("listitem").count()).toBe(3);
    await chain.getByRole("link", { name: "s3.bucket.full" }).click();
    await expect.poll(() => new URL(page.url()).searchParams.get("t")).not.toBeNull();
    await page.getByRole("link", { name: "s3.bucket.full", expanded: true }).waitFor();
    await page.close();
  });
});

describe("the histogram", () => {
  test("lights the name that is pointed at in its legend, and keeps the one that is pressed", async () => {
    const page = await open("/events?by=name");
    const bars = page.getByRole("group", { name: /^Events by time/ }).locator("g[fill-opacity]");
    const strengths = () =>
      bars.evaluateAll((all) => all.map((one) => Number(one.getAttribute("fill-opacity"))));
    const entry = page.getByRole("button", { name: /^s3\.read\.failed/ });
    await entry.hover();
    await expect.poll(async () => (await strengths()).filter((one) => one > 0.2)).toEqual([1]);
    await page.mouse.move(0, 0);
    await expect
      .poll(async () => (await strengths()).filter((one) => one > 0.2).length)
      .not.toBe(1);
    await entry.focus();
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await strengths()).filter((one) => one > 0.2)).toEqual([1]);
    await page.close();
  });
});

describe("a time that is very long", () => {
  test("is counted in longer steps, however long it is", async () => {
    const page = await here.context.newPage();
    for (const t of [
      "2000-01-01T00:00:00Z..2100-01-01T00:00:00Z",
      "0001-01-01T00:00:00Z..9999-12-31T23:59:59Z",
    ]) {
      await page.goto(`/events?t=${t}`);
      await page.getByRole("group", { name: /^Events by time/ }).waitFor();
      await rowsOf(page).first().waitFor();
    }
    await page.close();
  });
});

describe("a query", () => {
  test("is completed by keys: a field, then a value that there is", async () => {
    const page = await open("/events");
    await page.getByRole("checkbox", { name: /^s3 / }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("ki");
    await page.getByRole("option", { name: /^kind:/ }).waitFor();
    await page.keyboard.press("Tab");
    await page.getByRole("option", { name: "s3" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await expect.poll(() => new URL(page.url()).search).toMatch(/^\?q=kind:\w/);
    await page.close();
  });

  test("is written by facets, too", async () => {
    const page = await open("/events");
    await page.getByRole("checkbox", { name: /^s3\.read\.failed/ }).click();
    await expect.poll(() => rowsOf(page).count()).toBe(1);
    const query = page.getByRole("combobox", { name: "Query" });
    await expect.poll(() => query.inputValue()).toBe("type:s3.read.failed");
    await page.close();
  });

  test("that cannot be read is marked where it cannot", async () => {
    const page = await here.context.newPage();
    await page.goto("/events?q=kind:s3%20nothing:like");
    const fault = page.getByRole("alert");
    await fault.getByText("there is no field").waitFor();
    expect(await fault.locator("mark").textContent()).toBe("nothing:like");
    await page.close();
  });
});

describe("a range of time", () => {
  test("is drawn over the histogram, compared, and let go", async () => {
    const page = await open("/events?span=1h");
    // Beside it, the facets take their room once they are there.
    await page.getByRole("checkbox", { name: /^s3 / }).waitFor();
    const box = await page.getByRole("group", { name: /^Events by time/ }).boundingBox();
    if (box === null) throw new Error("The histogram is not there.");
    await page.mouse.move(box.x + box.width * 0.5, box.y + 30);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 2, box.y + 30);
    await page.mouse.up();
    await expect.poll(() => page.url()).toContain("sel=");
    await page.getByRole("button", { name: "Compare" }).click();
    await page.getByText("More frequent").waitFor();
    await page.getByRole("button", { name: "s3.read.completed" }).waitFor();
    await page.getByRole("button", { name: "Clear" }).click();
    await expect.poll(() => new URL(page.url()).search).toBe("?span=1h");
    await page.close();
  });

  test("is chosen by keys", async () => {
    const page = await open("/events?span=1h");
    await page.getByRole("group", { name: /^Events by time/ }).focus();
    await page.keyboard.press("End");
    await page.keyboard.press("Shift+ArrowLeft");
    await expect.poll(() => page.url()).toContain("sel=");
    await page.keyboard.press("Escape");
    await expect.poll(() => page.url()).not.toContain("sel=");
    await page.close();
  });
});

describe("while it is open", () => {
  test("what is new waits for whoever reads, and is shown when asked for", async () => {
    const page = await open("/events");
    await page.getByText("Live", { exact: true }).waitFor();
    await rowsOf(page).nth(3).hover();
    here.server.run(ONE_MORE);
    await page.getByRole("button", { name: "1 new" }).click();
    await rowsOf(page).first().getByText("s3.lifecycle.expired").waitFor();
    await rowsOf(page).first().getByText("version 1234567890123456789").waitFor();
    await page.close();
  });
});

describe("resources", () => {
  test("are found by a part of their name, and lead to their page", async () => {
    const page = await open("/resources?q=raw/60");
    await expect.poll(() => rowsOf(page).count()).toBe(1);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.getByText("Who uses it").waitFor();
    await page.getByRole("link", { name: "load" }).first().waitFor();
    await page.close();
  });

  test("are filtered by any kind that there is, however long ago its events were", async () => {
    const page = await open("/resources");
    await page.getByRole("checkbox", { name: "vault" }).check();
    await expect
      .poll(() =>
        rowsOf(page).evaluateAll((rows) =>
          rows.every((row) => row.querySelector('[title^="vault:"]')),
        ),
      )
      .toBe(true);
    await expect.poll(() => new URL(page.url()).searchParams.getAll("kind")).toEqual(["vault"]);
    await page.close();
  });

  test("have a page by a path that anyone can write", async () => {
    const page = await here.context.newPage();
    await page.goto("/resources/s3://lake");
    await page.getByRole("heading", { name: "s3://lake" }).waitFor();
    await page.getByRole("link", { name: "All that is in it" }).waitFor();
    expect(new URL(page.url()).searchParams.get("id")).toBe("s3://lake");
    await page.close();
  });

  test("tell which run of their flows is planned next, where one is", async () => {
    const page = await open("/resource?id=s3://lake");
    const next = page.getByRole("region", { name: "What will use it next" });
    await page.getByText("Who uses it").waitFor();
    expect(await next.count()).toBe(0);
    here.server.run(PLANNED);
    await page.reload();
    await next.getByText("in 1d").waitFor();
    await next.getByRole("link", { name: "load" }).click();
    await page.getByRole("heading", { name: /^tomorrow/ }).waitFor();
    await page.close();
  });

  test("tell what runs did last, how long it took, and what took part", async () => {
    const page = await open("/resource?id=vault://secrets/lake");
    const runs = page.getByRole("table", { name: "Runs that touched it" });
    await runs.getByRole("row", { name: /load.*s3\.read\.failed.*1\.5s/ }).waitFor();
    await page.close();
  });

  test("tell what a run did whose event is not among the newest", async () => {
    here.server.run(MUCH_SINCE);
    const page = await open("/resource?id=https://api.example/rates");
    const runs = page.getByRole("table", { name: "Runs that touched it" });
    await runs.getByRole("row", { name: /once.*https\.get\.completed.*2\.5s/ }).waitFor();
    await page.close();
  });

  test("that no event names say so", async () => {
    const page = await here.context.newPage();
    await page.goto("/resource?id=s3://nowhere");
    await page.getByText("No event in this log names it").waitFor();
    await page.close();
  });
});

const PLACES = ["/events", "/resources", "/resource?id=s3://lake"];

describe("in both themes, wide and narrow,", () => {
  test.each(PLACES)(
    "%s has no fault that axe finds, and does not scroll sideways",
    async (path) => {
      const page = await here.context.newPage();
      await page.goto(path);
      await rowsOf(page).first().waitFor();
      await rowsOf(page).first().getByRole("link").first().waitFor();
      expect(await faults(page)).toEqual([]);
      await page.close();
    },
  );

  test.each(["s3.write.refused", "s3.read.failed"])("nor has %s, open", async (name) => {
    const page = await here.context.newPage();
    const answer = await here.context.request.get(`/api/events?q=type:${name}`);
    const { items } = (await answer.json()) as { items: { id: string }[] };
    await page.goto(`/events?open=${items[0]?.id}`);
    await page.getByText(/^(What led to it|Took part)/).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
