import { describe, expect, test } from "vitest";
import { faults, pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

const BLOCK = `
import os, signal, time
from pydantic import SecretStr
from peninsula import flow
from peninsula.blocks import Block, moved, touches

class Login(Block):
    password: SecretStr

class Lake(Block):
    host: str
    login: Login

    def _system(self):
        return f"s3://{self.host}"

    def read_path(self, path):
        touches(f"s3://{self.host}/{path}")
        if path == "missing.csv":
            raise FileNotFoundError("no <i>missing.csv</i>")
        moved(rows=3)
        return b"12345"

    def wait_for(self, path):
        time.sleep(0.5)

    def hang(self, path):
        os.kill(os.getpid(), signal.SIGKILL)
`;

const RUNS = `${BLOCK}
login = Login(password="canary-calls-91")
login.save("etl")
Lake(host="lake", login=login).save("raw")

@flow(flow_run_name="many")
def many():
    lake = Lake.load("raw")
    lake.wait_for("orders.csv")
    for number in range(150):
        lake.read_path("orders.csv")

@flow(flow_run_name="broken")
def broken():
    Lake.load("raw").read_path("missing.csv")

many()
broken(return_state=True)
`;

const KILLED = `${BLOCK}
@flow(flow_run_name="killed")
def killed():
    Lake.load("raw").hang("orders.csv")

killed()
`;

const here = stage((server) => {
  server.run(RUNS);
  expect(() => server.run(KILLED)).toThrow();
});

async function openRun(name: string, find = "") {
  const page = await here.context.newPage();
  await page.goto(`${await pathOfRun(here.context, name)}?find=${find}`);
  return page;
}

describe("calls of a run", () => {
  test("stand in the log with how long they took, and are told in full when chosen", async () => {
    const page = await openRun("many");
    await page
      .getByRole("option", { name: /read_path\.completed .*ms/ })
      .first()
      .click();
    const card = page.locator("section", { hasText: "Method" }).last();
    await card.getByText("lake.read_path", { exact: true }).waitFor();
    await card.getByRole("link", { name: "lake/raw" }).first().waitFor();
    await card.getByRole("link", { name: "login/etl" }).first().waitFor();
    await card.getByText("Credential", { exact: true }).waitFor();
    for (const [name, value] of [
      ["Bytes", "5"],
      ["Rows", "3"],
    ] as const) {
      await card.locator("dl > div", { hasText: name }).getByText(value, { exact: true }).waitFor();
    }
    await card.getByText("path", { exact: true }).waitFor();
    expect(await page.content()).not.toContain("canary");
    await page.close();
  });

  test("are drawn in the lane of their system for as long as they lasted", async () => {
    const page = await openRun("many");
    const lane = page.getByRole("row").filter({ hasText: "s3://lake" }).first();
    const canvas = page.getByRole("img", { name: /^Timeline of/ });
    const [row, picture] = await Promise.all([lane.boundingBox(), canvas.boundingBox()]);
    if (row === null || picture === null) throw new Error("There is no lane.");
    await page.mouse.move(picture.x + picture.width * 0.5, row.y + row.height / 2);
    await expect.poll(() => canvas.getAttribute("title")).toMatch(/wait_for\.completed .* 5\d\dms/);
    await page.mouse.down();
    await page.mouse.up();
    await page.getByRole("heading", { name: "peninsula.call.lake.wait_for.completed" }).waitFor();
    await page.close();
  });

  test("that are very many are one band with their count", async () => {
    const page = await openRun("many", "rolled-up");
    await page.getByRole("option", { name: /rolled-up .*50 calls, p95/ }).click();
    const card = page.locator("section", { hasText: "Method" }).last();
    await card.locator("dl > div", { hasText: "Calls" }).getByText("50", { exact: true }).waitFor();
    await card.getByText("Mean, p95, max").waitFor();
    await page.close();
  });

  test("that failed say why, as text", async () => {
    const page = await openRun("broken");
    await page.getByRole("option", { name: /read_path\.failed/ }).click();
    const card = page.locator("section", { hasText: "Method" }).last();
    await card.getByText("FileNotFoundError: no <i>missing.csv</i>", { exact: true }).waitFor();
    await page.close();
  });

  test("that did not return are said to be so", async () => {
    const page = await openRun("killed");
    await page.getByRole("option", { name: /hang\.lost .*did not return/ }).click();
    const card = page.locator("section", { hasText: "Method" }).last();
    await card.locator("dl > div", { hasText: "Took" }).getByText("did not return").waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });

  test("lead on the map to the systems that they went to", async () => {
    const page = await here.context.newPage();
    await page.goto("/map");
    const systems = page.getByRole("region", { name: "Systems" });
    await systems.getByTitle("s3://lake: 3 runs, 1 failed").waitFor();
    await page.close();
  });
});
