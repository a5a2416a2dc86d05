import { once } from "node:events";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

/** A flow that logs a line for each that it is given, and fails at the last one. */
const talks = (name: string) => `
import sys
from peninsula import flow, get_run_logger

@flow(flow_run_name="${name}")
def talks():
    for number in range(200):
        get_run_logger().info("before %d", number)
    for line in sys.stdin:
        if line.strip() == "fail":
            raise ValueError("told to fail")
        get_run_logger().info(line.strip())

talks(return_state=True)
`;

const FAILED = `
from peninsula import flow, get_run_logger

@flow(flow_run_name="long")
def long():
    for number in range(300):
        get_run_logger().info("before %d", number)
    get_run_logger().error("the first that went wrong")
    for number in range(300):
        get_run_logger().info("after %d", number)
    raise ValueError("told to fail")

long(return_state=True)
`;

const ASKS = `
from peninsula import flow, get_run_logger, pause_flow_run

@flow(flow_run_name="asks")
def asks():
    got = pause_flow_run(wait_for_input=int, timeout=50)
    get_run_logger().info("got %d", got)

asks()
`;

const STEPS = `
import sys
from peninsula import flow, get_run_logger, task

@task
def first():
    sys.stdin.readline()
    get_run_logger().info("the first is over")

@task
def second():
    get_run_logger().info("the second began")

@flow(flow_run_name="steps")
def steps():
    first()
    second()

steps()
`;

const here = stage();

const why = (page: Page) => page.getByRole("heading", { name: "Why it failed" });
const log = (page: Page) => page.getByRole("listbox", { name: "Log lines and events" });

/** Look at a flow that goes on while its page is open, and have it end after that. */
async function during(
  name: string,
  look: (page: Page, say: (line: string) => void) => Promise<void>,
): Promise<void> {
  const program = here.server.begin(talks(name));
  const ended = once(program, "exit");
  const page = await here.context.newPage();
  await page.goto(await pathOfRun(here.context, name));
  await log(page).getByText("before 199").waitFor();
  await look(page, (line) => program.stdin?.write(`${line}\n`));
  await page.close();
  program.stdin?.end();
  await ended;
}

/** Whether a line is within what the log shows. */
async function inSight(page: Page, text: string): Promise<boolean> {
  const [list, line] = [await log(page).boundingBox(), page.getByText(text, { exact: true })];
  const box = await line.boundingBox();
  return list !== null && box !== null && box.y >= list.y && box.y < list.y + list.height;
}

describe("a log that grows", () => {
  test("is followed: the newest line is in sight", async () => {
    await during("followed", async (page, say) => {
      for (const line of ["one more", "and another"]) {
        say(line);
        await log(page).getByText(line, { exact: true }).waitFor();
        await expect.poll(() => inSight(page, line)).toBe(true);
      }
    });
  });

  test("stays where someone has gone in it, and counts what came; a click leads there", async () => {
    await during("left", async (page, say) => {
      await log(page).evaluate((list) => list.scrollTo({ top: 0 }));
      await log(page).getByText("before 0", { exact: true }).waitFor();
      say("one more");
      await page.getByRole("button", { name: "1 new" }).waitFor();
      expect(await inSight(page, "before 0")).toBe(true);
      say("and another");
      await page.getByRole("button", { name: "2 new" }).click();
      await log(page).getByText("and another").waitFor();
      await page.getByRole("button", { name: /^\d+ new$/ }).waitFor({ state: "detached" });
    });
  });
});

test("the log of a run that failed is opened at its first error", async () => {
  here.server.run(FAILED);
  const page = await here.context.newPage();
  await page.goto(await pathOfRun(here.context, "long"));
  await log(page).getByText("the first that went wrong").waitFor();
  await expect.poll(() => inSight(page, "the first that went wrong")).toBe(true);
  await page.close();
});

test("what someone points at stays where it is when the run fails, until the pointer goes", async () => {
  await during("held", async (page, say) => {
    const timeline = page.getByRole("region", { name: "Timeline" });
    await timeline.getByRole("row").first().hover();
    const before = await timeline.boundingBox();
    say("fail");
    await page.getByRole("main").getByText("Failed", { exact: true }).first().waitFor();
    expect(await timeline.boundingBox()).toEqual(before);
    expect(await why(page).count()).toBe(0);
    await page.getByRole("heading", { level: 1 }).hover();
    await why(page).waitFor();
  });
});

test("a run that fails while someone points at it says that there is a why, which a key opens", async () => {
  await during("explained", async (page, say) => {
    await page.getByRole("region", { name: "Timeline" }).getByRole("row").first().hover();
    say("fail");
    await page.getByRole("button", { name: "Why it failed" }).press("Enter");
    await page.getByText("told to fail").first().waitFor();
    await expect.poll(() => why(page).evaluate((it) => it === document.activeElement)).toBe(true);
  });
});

test("a run that waits for someone is given what it asks for, and goes on", async () => {
  const program = here.server.begin(ASKS);
  const ended = once(program, "exit");
  const page = await here.context.newPage();
  await page.goto(await pathOfRun(here.context, "asks"));
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("9007199254740993");
  await page.getByRole("button", { name: "Resume the run" }).click();
  await log(page).getByText("got 9007199254740993").waitFor();
  await page.close();
  await ended;
});

test("a run that is under way is paused, begins nothing more, and is resumed", async () => {
  const program = here.server.begin(STEPS);
  const ended = once(program, "exit");
  const page = await here.context.newPage();
  await page.goto(await pathOfRun(here.context, "steps"));
  const pause = page.getByRole("button", { name: "Pause", exact: true });
  await pause.click();
  await page.getByRole("button", { name: "Pause the run" }).click();
  await page.getByRole("button", { name: "Resume", exact: true }).waitFor();
  expect(await pause.count()).toBe(0);
  expect(await page.getByRole("button", { name: "Suspend", exact: true }).count()).toBe(0);
  program.stdin?.write("go\n");
  await log(page).getByText("the first is over").waitFor();
  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByRole("button", { name: "Resume the run" }).click();
  await log(page).getByText("the second began").waitFor();
  await page.close();
  await ended;
});
