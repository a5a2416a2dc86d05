import { describe, expect, test } from "vitest";
import { faults, pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

const FLOW = `
from peninsula import flow
from peninsula.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_progress_artifact,
    create_table_artifact,
)

HOSTILE = """
# Rows <script>hurt()</script>

<img src=x onerror=hurt()> <svg/onload=hurt()> [one](javascript:hurt()) [two](JAVASCRIPT&colon;hurt())
[three](<data:text/html,<script>hurt()</script>>) ![four](https://example.com/seen.png "x")

- **bold** and [the docs](https://example.com/docs)
"""
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw=="

@flow(flow_run_name="of monday")
def report():
    create_markdown_artifact(HOSTILE, key="summary", description="All of **it**.")
    create_link_artifact("https://example.com/", "The example", key="example")
    create_image_artifact(DOT, key="dot")
    create_image_artifact("https://example.com/far.png", key="far")
    create_progress_artifact(40, key="progress")
    create_table_artifact([{"day": "Monday", "rows": 12}], key="days", description="A day a row.")
    ids = [1234567890123456789, 1234567890123456790]
    create_table_artifact([{"id": id, "ratio": 1.0} for id in ids], key="ids")
    create_table_artifact({"id": [ids[0]] * 20_000}, key="long")

report()
`;

const here = stage((server) => server.run(FLOW));

describe("the artifacts", () => {
  test("are listed by key, and one of them leads to what it shows", async () => {
    const page = await here.context.newPage();
    await page.goto("/artifacts?kind=table");
    await page.getByRole("link", { name: "days" }).click();
    await page.getByRole("cell", { name: "Monday" }).waitFor();
    await page.getByText("A day a row.").waitFor();
    await page.getByRole("link", { name: "of monday" }).waitFor();
    await page.close();
  });

  test("are called by their keys in the log of the run that made them", async () => {
    const page = await here.context.newPage();
    await page.goto(await pathOfRun(here.context, "of monday"));
    await page.getByRole("option", { name: /artifact.created summary/ }).waitFor();
    await page.close();
  });

  test("are opened by their ids from any page, as are events", async () => {
    const page = await here.context.newPage();
    const idOf = async (asked: string) => {
      const answer = await here.context.request.get(`/api/${asked}`);
      return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id;
    };
    const open = async (id: string) => {
      await page.keyboard.press("ControlOrMeta+k");
      await page.getByRole("combobox").fill(id);
      await page.getByRole("option").first().waitFor();
      await page.keyboard.press("Enter");
    };
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "days" }).waitFor();
    await open(`peninsula.artifact.${await idOf("artifacts?key=days")}`);
    await page.getByRole("heading", { name: "days" }).waitFor();
    await open(`${await idOf("events?q=type:peninsula.artifact.created")}`);
    await page.getByRole("group", { name: "Payload" }).waitFor();
    await page.close();
  });

  test("are gone through by keys as soon as a kind was chosen", async () => {
    const page = await here.context.newPage();
    await page.goto("/artifacts");
    await page.getByRole("radio", { name: "image" }).focus();
    await page.keyboard.press("Space");
    const rows = page.locator("[data-row]");
    await expect.poll(() => rows.count()).toBe(2);
    for (const [key, row] of [
      ["j", 0],
      ["j", 1],
      ["k", 0],
    ] as const) {
      await page.keyboard.press(key);
      await page.locator(`[data-row="${row}"]:focus`).waitFor();
    }
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "far" }).waitFor();
    await page.close();
  });

  test("read Markdown; nothing in it runs, and nothing of other places is loaded", async () => {
    const page = await here.context.newPage();
    const asked: string[] = [];
    page.on("request", (request) => asked.push(new URL(request.url()).origin));
    const refused: string[] = [];
    page.on("console", (message) => message.type() === "error" && refused.push(message.text()));
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "summary" }).click();
    await page.getByRole("heading", { name: "Rows <script>hurt()</script>" }).waitFor();
    await page.getByText("<img src=x onerror=hurt()> <svg/onload=hurt()>").waitFor();
    await page.locator("strong", { hasText: "it" }).waitFor();
    const links = page.locator("main :is(li, p) a");
    await expect.poll(() => links.allTextContents()).toEqual(["four", "the docs"]);
    expect(
      await links.evaluateAll((all) => all.map((one) => (one as HTMLAnchorElement).rel)),
    ).toEqual(Array(2).fill("noreferrer noopener"));
    expect(new Set(asked)).toEqual(new Set([here.server.url]));
    expect(refused).toEqual([]);
    await page.close();
  });

  test("show each digit of the numbers in a table, also of a large one", async () => {
    const page = await here.context.newPage();
    await page.goto("/artifacts?kind=table");
    await page.getByRole("link", { name: "ids" }).click();
    const cells = page.getByRole("cell");
    const said = ["1234567890123456789", "1.0", "1234567890123456790", "1.0"];
    await expect.poll(() => cells.allTextContents()).toEqual(said);
    await page.goto("/artifacts?kind=table");
    await page.getByRole("link", { name: "long" }).click();
    await cells.first().getByText("1234567890123456789").waitFor();
    await page.close();
  });

  test("show links as links and progress as a bar", async () => {
    const page = await here.context.newPage();
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "example" }).click();
    const link = page.getByRole("link", { name: "The example" });
    expect(await link.getAttribute("href")).toBe("https://example.com/");
    await page.goto("/artifacts?kind=progress");
    await page.getByRole("link", { name: "progress" }).last().click();
    expect(await page.getByRole("progressbar").getAttribute("value")).toBe("40");
    await page.close();
  });

  test("show the images that they bring along, and say why they show no other", async () => {
    const page = await here.context.newPage();
    await page.goto("/artifacts?kind=image");
    await page.getByRole("link", { name: "dot" }).click();
    const image = page.getByRole("img", { name: "Image" });
    await image.waitFor();
    expect(await image.evaluate((one) => (one as HTMLImageElement).naturalWidth)).toBe(1);
    await page.goto("/artifacts?kind=image");
    await page.getByRole("link", { name: "far" }).click();
    await page.getByText("an image of another place, which is not loaded from here").waitFor();
    await page.getByRole("link", { name: "https://example.com/far.png" }).waitFor();
    await page.close();
  });

  test("have no fault in any theme", async () => {
    const page = await here.context.newPage();
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "days" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole("link", { name: "days" }).click();
    await page.getByRole("cell", { name: "Monday" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "summary" }).click();
    await page.getByRole("heading", { name: "Rows" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.goto("/artifacts");
    await page.getByRole("link", { name: "far" }).click();
    await page.getByText("an image of another place").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
