import { expect, test } from "vitest";
import { NARROW, overhang, pathOfRun, WIDE } from "./browser.ts";
import { stage } from "./stage.ts";

/** Without a place to break, and with some. */
const LONG = `customer_orders_incremental_snapshot_2026_11_23_${"x".repeat(100)}`;
const DASHED = LONG.replaceAll("_", "-");
const PART = "customer_orders_incremental_snapshot_2026_11_23_part_00000_of_00128.snappy.parquet";
const SPACED = "customer orders, all of them, incremental snapshot of 2026 11 23 (copy 2).csv";

const TOLD = `
from peninsula import emit_event, flow, task
from peninsula.artifacts import create_markdown_artifact
from peninsula.blocks import Secret
from peninsula.variables import Variable

@task(name="${LONG}", task_run_name="${LONG}")
def load():
    emit_event("orders.${LONG}.loaded", "s3://wide/raw/${PART}", payload={"said": "${LONG}"})
    emit_event("orders.loaded", "s3://wide/raw/${SPACED}")
    create_markdown_artifact("# ${LONG}", key="${DASHED}", description="${LONG}")
    Variable.set("${LONG}", "${LONG}")
    Secret(value="hidden").save("${DASHED}")

@flow(name="${LONG}", flow_run_name="${LONG}")
def long():
    load()
    raise ValueError("${LONG}")

long(return_state=True)
`;

const here = stage((server) => server.run(TOLD));

async function post(path: string, data: object): Promise<{ id: string }> {
  const headers = { Authorization: `Bearer ${here.server.token}` };
  return (await here.context.request.post(path, { data, headers })).json();
}

async function firstOf(path: string): Promise<string> {
  const { items } = await (await here.context.request.get(path)).json();
  return items[0].id;
}

test("no name is so long that a page scrolls sideways", async () => {
  await post("/api/work-pools", { name: DASHED, type: "process" });
  const deployment = await post("/api/deployments", {
    flow: LONG,
    name: LONG,
    entrypoint: "flows.py:long",
    work_pool: DASHED,
    parameters: { [LONG]: LONG },
    tags: [LONG],
    description: LONG,
  });
  const block = await firstOf("/api/blocks");
  const page = await here.context.newPage();
  const over: string[] = [];
  for (const path of [
    "/",
    "/runs",
    await pathOfRun(here.context, LONG),
    "/flows",
    `/flows/${LONG}`,
    "/events",
    "/resources",
    "/resource?id=s3://wide",
    `/resource?id=s3://wide/raw/${PART}`,
    "/map",
    "/artifacts",
    `/artifacts/${await firstOf("/api/artifacts")}`,
    "/blocks",
    `/blocks/${block}`,
    `/blocks/${block}/edit`,
    "/variables",
    "/work-pools",
    `/work-pools/${DASHED}`,
    "/deployments",
    `/deployments/${deployment.id}`,
    `/deployments/${deployment.id}/run`,
  ]) {
    await page.setViewportSize(WIDE);
    await page.goto(path);
    await page
      .getByRole("main")
      .getByText(/customer|wide/)
      .locator("visible=true")
      .first()
      .waitFor();
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      const pixels = await overhang(page);
      if (pixels > 0) over.push(`${path}: ${pixels} px at ${viewport.width}`);
    }
  }
  expect(over).toEqual([]);
  await page.close();
}, 120_000);

test("the objects in a bucket are told by their whole names", async () => {
  const page = await here.context.newPage();
  await page.goto("/resource?id=s3://wide");
  for (const name of [PART, SPACED]) {
    const list = page.getByRole("list").filter({ hasText: name });
    const link = list.getByRole("link", { name: `raw/${name}` });
    for (const viewport of [WIDE, NARROW]) {
      await page.setViewportSize(viewport);
      const [inside, around] = [await link.boundingBox(), await list.boundingBox()];
      const ends = (box: typeof inside) => box && [box.x + box.width, box.y + box.height];
      const [right = 0, bottom = 0] = ends(around) ?? [];
      const [x = Number.NaN, y = Number.NaN] = ends(inside) ?? [];
      expect([x <= right + 1, y <= bottom + 1], `${name} at ${viewport.width}`).toEqual([
        true,
        true,
      ]);
    }
    expect(await link.evaluate((one) => one.parentElement?.scrollHeight)).toBe(
      await link.evaluate((one) => one.parentElement?.clientHeight),
    );
  }
  await page.close();
});

test.each(["/resources", "/events"])(
  "%s tells objects apart by the ends of their names",
  async (path) => {
    const page = await here.context.newPage();
    await page.setViewportSize(NARROW);
    await page.goto(path);
    const row = page.getByRole("main");
    for (const name of [PART, SPACED]) {
      const link = page.getByRole("link", { name: `s3://wide/raw/${name}` }).first();
      const end = link.getByText(name.slice(-14)).last();
      const [right, edge] = [rightOf(await end.boundingBox()), rightOf(await row.boundingBox())];
      expect(await link.evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
      expect(right).toBeLessThan(edge);
    }
    await page.close();
  },
);

/** Where a box ends; NaN, which is less than nothing, if it is not there. */
function rightOf(box: { x: number; width: number } | null): number {
  return box === null ? Number.NaN : box.x + box.width;
}
