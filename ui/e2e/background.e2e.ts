import type { ChildProcess } from "node:child_process";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { faults } from "./browser.ts";
import { stage } from "./stage.ts";

/** A program that delays a task, serves it, and goes on. */
const SERVES = `
from peninsula import emit_event, get_run_logger, task
from peninsula.task_worker import serve

@task
def mail(number):
    get_run_logger().info("mail %d", number)
    emit_event("smtp.send.completed", {"peninsula.resource.id": "smtp://post"})
    if number == 2:
        raise ValueError("no address")

for number in range(3):
    mail.delay(number)
serve(mail)
`;

/** A program that serves a task which goes on. */
const SLOW = `
import time
from peninsula import task
from peninsula.task_worker import serve

@task
def wait():
    while True:
        time.sleep(0.02)

wait.delay()
serve(wait)
`;

interface Told {
  id: string;
  state: { type: string };
  parameters: { number: number };
}

let program: ChildProcess;
const paths: string[] = [];

const here = stage();

beforeAll(async () => {
  program = here.server.begin(SERVES);
  await vi.waitFor(all, { timeout: 60_000, interval: 100 });
});

/** Know the pages of the runs, once all are over. */
async function all(): Promise<void> {
  const answer = await here.context.request.get("/api/task-runs");
  const { items } = (await answer.json()) as { items: Told[] };
  for (const { id, parameters } of items) paths[parameters.number] = `/runs/${id}`;
  expect(items.filter(({ state }) => /COMPLETED|FAILED/.test(state.type)).length).toBe(3);
}

afterAll(() => {
  program.kill("SIGTERM");
});

async function pathOf(task: string): Promise<string> {
  return vi.waitFor(
    async () => {
      const answer = await here.context.request.get(`/api/task-runs?task=${task}`);
      const { items } = (await answer.json()) as { items: Told[] };
      expect(items.length).toBe(1);
      return `/runs/${items[0]?.id}`;
    },
    { timeout: 60_000, interval: 100 },
  );
}

describe("a task run that no flow called", () => {
  test("has a page: why it failed, when, on what, and what it logged", async () => {
    const page = await here.context.newPage();
    await page.goto("/events?q=type%3Apeninsula.task-run.failed");
    await page.getByRole("row", { name: /task-run\.failed/ }).click();
    await page.getByRole("link", { name: /^mail/ }).first().click();
    await page.waitForURL((url) => url.pathname === paths[2]);
    await page.getByText("mail, a task run of no flow").waitFor();
    const why = page.getByRole("region", { name: "Why it failed" });
    await why.getByText("ValueError").first().waitFor();
    const rows = page.getByRole("treegrid").getByRole("row");
    await rows.first().getByText("smtp://post").waitFor();
    await page.getByText("mail 2").waitFor();
    await rows.nth(1).click();
    await page.getByText('"number": 2').waitFor();
    expect(await page.getByRole("button", { name: /^(Retry|Suspend|Cancel)$/ }).count()).toBe(0);
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("is looked at for the first time without a request that fails", async () => {
    const page = await here.context.newPage();
    const failed: string[] = [];
    page.on("response", (answer) => {
      if (!answer.ok()) failed.push(`${answer.status()} ${answer.url()}`);
    });
    await page.goto(paths[2] ?? "");
    await page.getByText("mail, a task run of no flow").waitFor();
    await page.getByText("mail 2").waitFor();
    expect(failed).toEqual([]);
    await page.close();
  });

  test("is compared with those of its task, and leads to them", async () => {
    const page = await here.context.newPage();
    await page.goto(paths[2] ?? "");
    await page.getByRole("button", { name: "Compare with last success" }).click();
    await page.getByRole("region", { name: /^Compared with mail/ }).waitFor();
    await page.getByRole("link", { name: "[ previous" }).click();
    await page.waitForURL((url) => url.pathname === paths[1]);
    await page.getByText("Completed").first().waitFor();
    expect(await page.getByRole("heading", { name: "Why it failed" }).count()).toBe(0);
    await page.close();
  });

  test("gives its log as text", async () => {
    const page = await here.context.newPage();
    await page.goto(paths[0] ?? "");
    const href = await page.getByRole("link", { name: /Download/ }).getAttribute("href");
    const log = await here.context.request.get(href ?? "");
    expect(await log.text()).toContain("mail 0");
    await page.close();
  });

  test("is followed while it goes on, can only be cancelled, and is", async () => {
    const page = await here.context.newPage();
    const slow = here.server.begin(SLOW);
    // Whatever is asked of it, it waits for its task to end.
    onTestFinished(() => void slow.kill("SIGKILL"));
    await page.goto(await pathOf("wait"));
    await page.getByText("Running").first().waitFor();
    const cancel = page.getByRole("button", { name: "Cancel" });
    await cancel.waitFor();
    expect(await page.getByRole("button", { name: /^(Retry|Pause|Suspend)$/ }).count()).toBe(0);
    await cancel.click();
    await page.getByRole("button", { name: "Cancel the run" }).click();
    await page.getByText("Cancelled").first().waitFor();
    await page.close();
  });
});
