import { expect, test } from "vitest";
import { NARROW, overhang } from "./browser.ts";
import { openTable, stage } from "./stage.ts";

const TOLD = `
from peninsula import emit_event, flow
from peninsula.blocks import Secret

@flow
def nightly():
    emit_event("s3.get.completed", "s3://lake/raw")

nightly()
Secret(value="x").save("warehouse-password")
`;

const DAYS_AGO = `
from datetime import UTC, datetime, timedelta
from peninsula import emit_event

emit_event("s3.get.completed", "s3://lake/raw", occurred=datetime.now(UTC) - timedelta(days=3))
`;

const DEPLOYMENT = { flow: "nightly", name: "at-two", entrypoint: "flows.py:nightly" };

const here = stage((server) => server.run(TOLD));

/** Of each list, the column by which a row is known, and the narrowest that still names it. */
const LISTS = [
  ["/flows", "Flow"],
  ["/runs", "Run"],
  ["/resources", "Resource"],
  ["/blocks", "Name"],
  ["/deployments", "Deployment"],
] as const;
const READABLE = 100;
/** What WCAG asks for: a page of 1,280 px, enlarged four times. */
const NARROWEST = { width: 320, height: 640 };

test("events of several days say which on a telephone, and those of one day say no day", async () => {
  const page = await openTable(here, "/events?span=7d");
  await page.setViewportSize(NARROW);
  const day = page.getByRole("columnheader", { name: "Day" });
  await expect.poll(() => day.isVisible()).toBe(false);
  here.server.run(DAYS_AGO);
  await page.reload();
  await expect.poll(() => day.isVisible()).toBe(true);
  expect(await overhang(page)).toBe(0);
  await page.close();
});

test("names are read on a telephone, in every list", async () => {
  const headers = { authorization: `Bearer ${here.server.token}` };
  await here.context.request.post("/api/deployments", { data: DEPLOYMENT, headers });
  for (const [path, title] of LISTS) {
    const page = await openTable(here, path);
    await page.setViewportSize(NARROW);
    const column = page.getByRole("columnheader", { name: title, exact: true });
    const box = await column.boundingBox();
    expect(box?.width, path).toBeGreaterThan(READABLE);
    const last = await page.getByRole("columnheader").last().boundingBox();
    expect((last?.x ?? 0) + (last?.width ?? 0), path).toBeLessThanOrEqual(NARROW.width);
    expect(await overhang(page), path).toBe(0);
    await page.setViewportSize(NARROWEST);
    expect(await overhang(page), path).toBe(0);
    await page.close();
  }
});
