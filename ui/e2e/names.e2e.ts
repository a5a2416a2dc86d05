import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { NARROW, pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

const LONG = `long-${"x".repeat(990)}`;

/** Names and texts with a mark that turns letters around, and one that is very long. */
const TOLD = `
from peninsula import emit_event, flow, task

MARK = chr(0x202E)

@task(task_run_name=f"task{MARK}")
def load():
    event = f"thing.{MARK}.failed"
    emit_event(event, f"s3://lake/{MARK}gpj.csv", payload={"message": f"no {MARK}", "more": MARK})
    raise RuntimeError(f"broken {MARK}")

@flow(flow_run_name=f"turned {MARK}")
def turned():
    load()

@flow(flow_run_name="${LONG}")
def long():
    raise ValueError("too long")

turned(return_state=True)
for _ in range(3):
    long(return_state=True)
`;

const MARK = "\u202e";
const here = stage((server) => server.run(TOLD));

/** Where a mark stands as it is: in texts, titles and labels. */
function marked(page: Page): Promise<string[]> {
  return page.evaluate((mark) => {
    const found: string[] = [];
    for (const one of document.querySelectorAll("*")) {
      const own = [...one.childNodes].filter(({ nodeType }) => nodeType === Node.TEXT_NODE);
      const said = [
        ...own.map((text) => text.textContent),
        one.ariaLabel,
        one.getAttribute("title"),
      ];
      if (said.some((text) => text?.includes(mark))) found.push(one.outerHTML.slice(0, 200));
    }
    return document.title.includes(mark) ? [...found, document.title] : found;
  }, MARK);
}

test("what turns letters around is seen wherever names and texts are shown", async () => {
  const page = await here.context.newPage();
  await page.setViewportSize({ width: 2000, height: 1200 });
  const run = await pathOfRun(here.context, encodeURIComponent(`turned ${MARK}`));
  const resource = `/resource?id=${encodeURIComponent(`s3://lake/${MARK}gpj.csv`)}`;
  for (const path of ["/", "/runs", run, "/flows/turned", "/events", resource, "/resources"]) {
    await page.goto(path);
    await page.getByText("⟨U+202E⟩").first().waitFor();
    // The run says why it failed after all else.
    if (path === run)
      await page
        .getByRole("button", { name: /^Not the cause/ })
        .first()
        .waitFor();
    expect(await marked(page), path).toEqual([]);
  }
  await page.goto("/events?q=kind:s3");
  await page.getByRole("link", { name: /^thing/, expanded: false }).click();
  await page.getByRole("group", { name: "Payload" }).getByText("⟨U+202E⟩").waitFor();
  expect(await marked(page)).toEqual([]);
  await page.close();
});

test("a name of any length leaves room for why its run failed", async () => {
  const page = await here.context.newPage();
  await page.setViewportSize(NARROW);
  await page.goto(await pathOfRun(here.context, LONG));
  const why = page.getByRole("heading", { name: "Why it failed" });
  await why.waitFor();
  expect((await why.boundingBox())?.y).toBeLessThan(NARROW.height / 2);
  await page.goto("/");
  const failing = page.getByRole("article").filter({ hasText: "too long" });
  await failing.waitFor();
  expect((await failing.boundingBox())?.height).toBeLessThan(NARROW.height / 2);
  await page.close();
});
