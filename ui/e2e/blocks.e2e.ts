import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { faults, pathOfRun } from "./browser.ts";
import { stage } from "./stage.ts";

/** Modules of the blocks that the tests make. */
const BLOCKS = `
from decimal import Decimal
from typing import Literal
from pydantic import BaseModel, Field, SecretStr
from peninsula import flow
from peninsula.blocks import Block

class Login(Block):
    """Who one is. <b>Never</b> <script>hurt()</script>"""
    user: str = Field("", description="The name of the account.")
    password: SecretStr

class Options(BaseModel):
    retries: int = Field(3, ge=0, le=9)

class Lake(Block):
    """A store of files."""
    host: str = Field(description="Where it is.")
    port: int = 443
    mode: Literal["ro", "rw"] = "ro"
    checked: bool = True
    login: Login
    options: Options = Options()
    tags: list[str] = []

    def _system(self):
        return f"s3://{self.host}"

    def read_path(self, path):
        if path == "missing.csv":
            raise FileNotFoundError(f"no <i>{path}</i>")
        return b"12345"

class Account(Block):
    """An account whose numbers are long."""
    chat: int = 0
    number: int | str = ""
    limit: Decimal = Decimal(0)
    more: dict = {}
    note: str = ""

class Client(Block):
    """Asks a server."""
    env: dict[str, str] = {}
    options: Options = Field(default_factory=Options)
`;

const RUNS = `${BLOCKS}
Client.register_type_and_schema()
login = Login(user="etl", password="canary-before-91")
login.save("etl")
Lake(host="lake", login=login, tags=["<img src=x onerror=hurt()>"]).save("raw")
for name in ("changed", "deleted"):
    Lake(host="lake", login=Login(user="ada", password="canary-own-90")).save(name)
Account(
    chat=-1001234567890123456, number="123456789012", limit="12345678901234567890.10",
    more={"ids": [9007199254740993, 1.0]},
).save("long")

@flow(flow_run_name="of-{path}")
def nightly(path):
    Lake.load("raw").read_path(path)

nightly("orders.csv")
nightly("missing.csv", return_state=True)
Login(user="etl", password="canary-after-92").save("etl", overwrite=True)
`;

const here = stage((server) => {
  server.run(RUNS);
});

async function open(path: string, { context } = here): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}

interface Saved {
  id: string;
  data: Record<string, unknown>;
  credential_version: string | null;
}

async function saved(name: string): Promise<Saved> {
  const answer = await here.context.request.get(`/api/block-types/${name}`);
  return (await answer.json()) as Saved;
}

describe("no blocks", () => {
  const empty = stage();

  test("say how to have types of them, and then how to make one", async () => {
    const page = await open("/blocks", empty);
    await page.getByText("peninsula block register -m peninsula.blocks").waitFor();
    empty.server.run(
      `${BLOCKS}\nLogin.register_type_and_schema()\nLake.register_type_and_schema()`,
    );
    await page.reload();
    await page.getByText("There are no blocks yet.").waitFor();
    await page.getByRole("link", { name: "Make one here" }).click();
    await page.waitForURL("**/blocks/new");
    await page.close();
  });
});

describe("the blocks", () => {
  test("are made by the keys alone, by the fields of their type", async () => {
    const page = await open("/blocks/new?type=lake");
    await page.getByLabel("Name").focus();
    await page.keyboard.type("typed");
    await page.keyboard.press("Tab");
    await page.keyboard.type("bucket <b>");
    await page.keyboard.press("Tab");
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type("8443");
    await page.keyboard.press("Tab");
    await page.keyboard.type("rw");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.type("fields");
    await page.keyboard.press("Tab");
    await page.keyboard.type("ada");
    await page.keyboard.press("Tab");
    await page.keyboard.type("canary-typed-93");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByLabel("Tags 1 · needed").fill("daily");
    await page.getByLabel("Tags 1 · needed").press("Enter");
    await page.getByRole("heading", { name: "typed" }).waitFor();
    await page.getByText("bucket <b>").waitFor();
    expect((await saved("lake/blocks/typed")).data).toEqual({
      host: "bucket <b>",
      port: 8443,
      mode: "rw",
      checked: false,
      login: { user: "ada", password: "********" },
      options: { retries: 3 },
      tags: ["daily"],
    });
    expect(await page.content()).not.toContain("canary");
    await page.close();
  });

  test("say at the field what is wrong with it, before they are saved and after", async () => {
    const page = await open("/blocks/new?type=lake");
    await page.getByLabel("Retries").fill("12");
    await page.getByRole("button", { name: "Make the block" }).click();
    await page.locator("#block-name:focus").waitFor();
    await page.getByText("Give 9 or less.").waitFor();
    await page.getByText("Choose a block of type login.").waitFor();
    await page.getByLabel("Retries").fill("2");
    await page.getByLabel("Name").fill("raw");
    await page.getByLabel("Host").fill("lake");
    await page.getByLabel("Login · needed").selectOption({ label: "fields of its own" });
    await page.getByLabel("Password").fill("canary-94");
    await page.getByRole("button", { name: "Make the block" }).click();
    await page.getByRole("alert").getByText("There is a block lake/raw already.").waitFor();
    await page.locator("#block-name:focus").waitFor();
    await page.close();
  });

  test("say what is wrong within what is written as JSON, and have groups that may be set", async () => {
    const page = await open("/blocks/new?type=client");
    await page.getByLabel("Name").fill("asks");
    await page.getByLabel("Env").fill('{"PGPORT": 5432}');
    await page.getByRole("button", { name: "Make the block" }).click();
    await page.getByText("'env.PGPORT' takes a text").waitFor();
    await page.getByLabel("Env").fill('{"PGPORT": "5432"}');
    await page.getByLabel("Set Options").check();
    await page.getByLabel("Retries").fill("7");
    await page.getByRole("button", { name: "Make the block" }).click();
    await page.getByRole("heading", { name: "asks" }).waitFor();
    expect((await saved("client/blocks/asks")).data).toEqual({
      env: { PGPORT: "5432" },
      options: { retries: 7 },
    });
    await page.close();
  });

  test("are changed, and keep the secret that nobody has typed anew", async () => {
    const before = await saved("lake/blocks/changed");
    const page = await open(`/blocks/${before.id}`);
    await page.getByText("set, never shown").waitFor();
    await page.getByRole("link", { name: "Edit" }).click();
    const password = page.getByLabel("Password");
    expect(await password.inputValue()).toBe("");
    expect(await password.getAttribute("placeholder")).toContain("set");
    await page.getByLabel("Port").fill("9000");
    await page.getByRole("button", { name: "Save the changes" }).press("Enter");
    await page.getByText("9000").waitFor();
    const after = await saved("lake/blocks/changed");
    expect(after.data.port).toBe(9000);
    expect(after.credential_version).toBe(before.credential_version);
    await page.getByRole("link", { name: "Edit" }).click();
    await password.fill("canary-95");
    await page.getByRole("button", { name: "Save the changes" }).click();
    await page.getByRole("heading", { name: "changed", exact: true }).waitFor();
    await expect
      .poll(async () => (await saved("lake/blocks/changed")).credential_version)
      .not.toBe(before.credential_version);
    await page.close();
  });

  test("take the password out of an address, also a new one beside that which is set", async () => {
    const holds = (password: string) =>
      here.server.run(`
from peninsula.blocks import DatabaseCredentials as Login
assert Login.load("form").password.get_secret_value() == ${JSON.stringify(password)}`);
    here.server.run(
      "from peninsula.blocks import DatabaseCredentials as Login; Login.register_type_and_schema()",
    );
    const page = await open("/blocks/new?type=database-credentials");
    await page.locator("#block-name").fill("form");
    await page.getByLabel("Url").fill("postgresql://etl:canary%2F96@db/orders");
    await page.getByRole("button", { name: "Make the block" }).click();
    await page.getByText("postgresql://etl@db/orders").waitFor();
    holds("canary/96");
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("Url").fill("postgresql://etl:canary-97@db2/orders");
    await page.getByRole("button", { name: "Save the changes" }).click();
    await page.getByText("postgresql://etl@db2/orders").waitFor();
    holds("canary-97");
    await page.close();
  });

  test("are shown with every digit, and keep what nobody has touched", async () => {
    const long = ["-1001234567890123456", "123456789012", "12345678901234567890.10"];
    const read = async () =>
      (await here.context.request.get("/api/block-types/account/blocks/long")).text();
    const { id } = await saved("account/blocks/long");
    const page = await open(`/blocks/${id}`);
    for (const digits of [...long, "9007199254740993", "1.0"]) {
      await page.getByText(digits, { exact: true }).waitFor();
    }
    const data = /"data":{"chat":.*?,"note":/.exec(await read())?.[0];
    expect(data).toContain('"more":{"ids":[9007199254740993,1.0]}');
    await page.getByRole("link", { name: "Edit" }).click();
    await page.getByLabel("Note").fill("of the bot");
    await page.getByRole("button", { name: "Save the changes" }).click();
    await page.getByText("of the bot").waitFor();
    expect(await read()).toContain(`${data}"of the bot"`);
    await page.close();
  });

  test("are deleted once that was asked, but not while others need them", async () => {
    const page = await open(`/blocks/${(await saved("login/blocks/etl")).id}`);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nested in lake/raw").waitFor();
    await page.getByText("Used in the last 30 days by nightly").waitFor();
    await page.getByRole("button", { name: "Delete the block" }).click();
    await page.getByRole("alert").getByText("is nested in lake/raw").waitFor();
    await page.getByRole("button", { name: "Keep it" }).click();
    await page.goto(`/blocks/${(await saved("lake/blocks/deleted")).id}`);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("button", { name: "Delete the block" }).click();
    await page.waitForURL("**/blocks");
    await page.getByRole("link", { name: "raw" }).waitFor();
    expect(await page.getByRole("link", { name: "deleted" }).count()).toBe(0);
    await page.close();
  });

  test("are listed with their system and what runs did with them, and found by name and type", async () => {
    const page = await open("/blocks");
    const row = page.getByRole("row", { name: /raw/ });
    await row.getByText("s3://lake").waitFor();
    await row.getByTitle("Of the newest runs 1 completed and 1 failed").waitFor();
    await page.getByRole("checkbox", { name: "Login" }).check();
    await page.getByRole("link", { name: "etl" }).waitFor();
    expect(new URL(page.url()).search).toBe("?type=login");
    await page.goto("/blocks");
    await row.waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("nobody");
    await page.getByText("No block is like that.").waitFor();
    await page.close();
  });

  test("have types that say as text what they are for", async () => {
    const page = await open("/blocks/types");
    await page.getByText("Who one is. <b>Never</b> <script>hurt()</script>").waitFor();
    await page.getByRole("link", { name: "New Login" }).click();
    await page.getByText("The name of the account.").waitFor();
    await page.close();
  });
});

describe("the page of a block", () => {
  test("lists the runs that used it, what they did, and what went wrong, also through another", async () => {
    for (const name of ["lake/blocks/raw", "login/blocks/etl"]) {
      const page = await open(`/blocks/${(await saved(name)).id}`);
      const table = page.getByRole("table", { name: "Runs that touched it" });
      const failed = table.getByRole("row", { name: /of-missing/ });
      await failed.getByText("read_path").waitFor();
      await failed.getByText("FileNotFoundError: no <i>missing.csv</i>").waitFor();
      await table.getByRole("row", { name: /of-orders/ }).waitFor();
      expect(await page.locator("main i:not([data-looks])").count()).toBe(0);
      await page.getByText("1 of 2 failed (50%)").first().waitFor();
      await page.close();
    }
  });

  test("leads to the blocks nested in it, and from these back; secrets that changed are marked", async () => {
    const page = await open(`/blocks/${(await saved("lake/blocks/raw")).id}`);
    await page.getByText("<img src=x onerror=hurt()>").waitFor();
    await page
      .getByText("Secrets of login/etl changed", { exact: false })
      .waitFor({ state: "attached" });
    await page.getByRole("link", { name: "login/etl" }).first().click();
    await page.getByRole("heading", { name: "etl", exact: true }).waitFor();
    await page.getByRole("link", { name: "lake/raw" }).first().click();
    await page.getByRole("heading", { name: "raw", exact: true }).waitFor();
    expect(await page.content()).not.toContain("canary");
    await page.close();
  });

  test("is where its name leads from an event of a run", async () => {
    const page = await open(await pathOfRun(here.context, "of-orders.csv"));
    await page.getByRole("option", { name: /read_path.completed/ }).click();
    await page.getByRole("link", { name: "lake/raw" }).first().click();
    await page.waitForURL("**/blocks/*");
    await page.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test("they have no fault that axe finds, and do not scroll sideways", async () => {
    const { id } = await saved("lake/blocks/raw");
    const seen: [path: string, text: string][] = [
      ["/blocks", "s3://lake"],
      ["/blocks/types", "Who one is."],
      ["/blocks/new?type=lake", "Where it is."],
      [`/blocks/${id}/edit`, "Where it is."],
      [`/blocks/${id}`, "of-orders.csv"],
    ];
    const page = await here.context.newPage();
    for (const [path, text] of seen) {
      await page.goto(path);
      await page.getByText(text).first().waitFor({ state: "attached" });
      expect(await faults(page), path).toEqual([]);
    }
    await page.close();
  });
});
