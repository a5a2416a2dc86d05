import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { faults } from "./browser.ts";
import { stage } from "./stage.ts";

const here = stage((server) => {
  server.run("from peninsula import flow\n@flow(flow_run_name='copied')\ndef one(): ...\none()");
});

/** Over plain HTTP from another machine browsers give pages no clipboard. */
const NONE = `Object.defineProperty(navigator, "clipboard", { value: undefined });`;
const DENIED = `navigator.clipboard.writeText = async () => {
  throw new DOMException("Write permission denied.", "NotAllowedError");
};`;

async function openRun(script: string): Promise<{ page: Page; id: string }> {
  const page = await here.context.newPage();
  await page.addInitScript(script);
  await page.goto("/runs");
  await page.getByRole("link", { name: "copied" }).click();
  await page.getByRole("heading", { name: /^copied/ }).waitFor();
  return { page, id: new URL(page.url()).pathname.split("/").at(-1) as string };
}

describe("without a clipboard for pages", () => {
  test.each([
    ["there is none", NONE],
    ["it is denied", DENIED],
  ])("a text is copied by a selection: %s", async (_, script) => {
    const { page, id } = await openRun(script);
    const copy = page.getByRole("button", { name: /^Copy the id/ });
    await copy.click();
    await page.getByRole("button", { name: /^Copied/ }).waitFor();
    const field = page.getByRole("searchbox").first();
    await field.focus();
    await page.keyboard.press("ControlOrMeta+v");
    expect(await field.inputValue()).toBe(id);
    await page.close();
  });

  test("a text that cannot be copied either way is said to be, and stands there selected", async () => {
    const { page, id } = await openRun(`${NONE}document.execCommand = () => false;`);
    await page.getByRole("button", { name: /^Copy the id/ }).click();
    await page.getByRole("alert").getByText("Copy it by hand").waitFor();
    expect(await page.evaluate(() => getSelection()?.toString())).toBe(id);
    expect(await faults(page)).toEqual([]);
    await page.getByRole("textbox", { name: "Text" }).blur();
    await page.getByRole("alert").waitFor({ state: "detached" });
    await page.close();
  });

  test("a command is copied as well", async () => {
    const own = await here.browser.newContext({ baseURL: here.server.url });
    const page = await own.newPage();
    await page.addInitScript(
      `Object.defineProperty(navigator, "clipboard", { value: undefined });`,
    );
    await page.goto("/login");
    await page.getByRole("button", { name: "Copy: peninsula server open" }).click();
    await page.getByText("Copied", { exact: true }).waitFor();
    await own.close();
  });
});
