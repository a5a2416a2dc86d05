import { describe, expect, test } from "vitest";
import { faults, findings, loggedIn } from "./browser.ts";
import { stage } from "./stage.ts";

const here = stage();

describe("who has no session", () => {
  test("logs in by a key and comes to the page that was asked for", async () => {
    const page = await here.browser.newPage({ baseURL: here.server.url });
    await page.goto("/variables?q=region");
    const field = page.getByLabel("API key");
    await expect.poll(() => field.evaluate((it) => it === document.activeElement)).toBe(true);
    await page.keyboard.type("wrong");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("not known here").waitFor();
    expect(await page.getByRole("alert").textContent()).not.toContain("PENINSULA_API_KEY");
    await page.getByLabel("API key").fill(here.server.token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    expect(new URL(page.url()).search).toBe("?q=region");
    await page.context().close();
  });

  test("is let in by a link that brings the key, which no address keeps", async () => {
    const page = await here.browser.newPage({ baseURL: here.server.url });
    await page.goto(`/login#key=${here.server.token}`);
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    expect(page.url()).not.toContain(here.server.token);
    await page.context().close();
  });

  test("is asked for a key again once the session is over", async () => {
    const page = await (await loggedIn(here.browser, here.server)).newPage();
    await page.goto("/about");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.context().clearCookies();
    await page.keyboard.press("g");
    await page.keyboard.press("v");
    await page.getByLabel("API key").waitFor();
    expect(page.url()).toContain("/login?to=/variables");
    await page.getByLabel("API key").fill(here.server.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    await page.goBack();
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.context().close();
  });
});

describe("who may not read", () => {
  test("is not let in, and told why; an address that is none leads to the start", async () => {
    const headers = { authorization: `Bearer ${here.server.token}` };
    const wanted = { data: { name: "worker", scopes: ["work"] }, headers };
    const { secret } = await (await here.context.request.post("/api/keys", wanted)).json();
    const page = await here.browser.newPage({ baseURL: here.server.url });
    await page.goto("/login?to=http://[");
    await page.getByLabel("API key").fill(secret);
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("may not read").waitFor();
    await page.getByLabel("API key").fill(here.server.token);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/");
    await page.context().close();
  });
});

describe("the keys", () => {
  test("lead to pages, to the help and to what has a name", async () => {
    const page = await here.context.newPage();
    await page.goto("/variables");
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).getByText("Go to Runs").waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("sett");
    await page.getByRole("option", { name: "Settings", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    await page.close();
  });
});

describe("what is looked for", () => {
  test("is said to be too long where it is, not to be nowhere", async () => {
    const page = await here.context.newPage();
    await page.goto("/variables");
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").fill("nobody");
    await page.getByText("Nothing has that name or id.").waitFor();
    await page.getByRole("combobox").fill("n".repeat(3_000));
    await page.getByText(/length <= 1024/).waitFor();
    await page.getByText("Nothing has that name or id.").waitFor({ state: "detached" });
    await page.close();
  });
});

const PLACES = {
  r: "/runs",
  s: "/resources",
  e: "/events",
  m: "/map",
  t: "/artifacts",
  v: "/variables",
  ",": "/about",
  o: "/",
};

describe("the keys of the pages", () => {
  test("lead from each to the next, also where a choice has the focus", async () => {
    const page = await here.context.newPage();
    await page.goto("/");
    await page.getByRole("radio", { name: "7d" }).focus();
    for (const [key, path] of Object.entries(PLACES)) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.waitForURL((url) => url.pathname === path);
    }
    await page.close();
  });

  test("lead to the field that filters, and Escape out of it", async () => {
    const page = await here.context.newPage();
    await page.goto("/variables");
    const field = page.getByRole("searchbox");
    await field.waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("g r");
    await expect.poll(() => field.inputValue()).toBe("g r");
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keys" }).waitFor();
    await page.close();
  });
});

describe("a page that is not there", () => {
  test("says so, inside the application", async () => {
    const page = await here.context.newPage();
    await page.goto("/nowhere/at.all");
    await page.getByText("There is no page at this address").waitFor();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox").waitFor();
    await page.close();
  });
});

const NOBODY = "00000000-0000-7000-8000-000000000000";

describe("what is not there", () => {
  test.each([
    ["/nowhere", "No such page", "Go to the start"],
    [`/runs/${NOBODY}`, "No such run", "peninsula flow-run ls"],
    ["/runs/nope", "No such run", "peninsula flow-run ls"],
    ["/resource?id=s3://none", "No such resource", "peninsula resource ls"],
    ["/flows/%E0%A4%A", "No such flow", "peninsula flow-run ls"],
    [`/artifacts/${NOBODY}`, "No such artifact", "peninsula artifact ls"],
  ])("%s says so, and what to do next", async (path, title, next) => {
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await page.getByText(next, { exact: true }).waitFor();
    expect(await findings(page)).toEqual([]);
    await page.close();
  });
});

describe("a resource that is not named", () => {
  test("leads to the list of them", async () => {
    const page = await here.context.newPage();
    await page.goto("/resource");
    await page.getByRole("heading", { level: 1, name: "Resources" }).waitFor();
    expect(new URL(page.url()).pathname).toBe("/resources");
    await page.close();
  });
});

describe("a browser that keeps nothing for us", () => {
  test("shows the pages, and a choice as long as they are open", async () => {
    const page = await here.context.newPage();
    await page.addInitScript(() =>
      Object.defineProperty(window, "localStorage", {
        get: () => {
          throw new DOMException("denied", "SecurityError");
        },
      }),
    );
    await page.goto("/events");
    const zone = page.getByRole("radio", { name: "UTC", exact: true });
    await zone.focus();
    await page.keyboard.press("Space");
    await page.getByRole("link", { name: /^Variables/ }).click();
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    expect(await zone.isChecked()).toBe(true);
    await page.close();
  });
});

describe("who may read only", () => {
  test("is given no form by an address, and is told why", async () => {
    const headers = { authorization: `Bearer ${here.server.token}` };
    const wanted = { data: { name: "reader", scopes: ["read"] }, headers };
    const { secret } = await (await here.context.request.post("/api/keys", wanted)).json();
    const reader = await here.browser.newContext({ baseURL: here.server.url });
    await reader.request.post("/api/session", { data: { key: secret } });
    const page = await reader.newPage();
    for (const path of [`/deployments/${NOBODY}/run`, `/blocks/${NOBODY}/edit`, "/blocks/new"]) {
      await page.goto(path);
      await page.getByRole("alert").getByText("a key with the scope 'work'").waitFor();
      expect(await page.title()).toBe("This page cannot be shown · Peninsula");
      expect(await page.locator("form, main select").count()).toBe(0);
      await page.getByRole("navigation", { name: "Main" }).waitFor();
    }
    expect(await findings(page)).toEqual([]);
    await page.getByRole("link", { name: "Log in with another key" }).click();
    await page.getByLabel("API key").fill(here.server.token);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL((url) => url.pathname === "/blocks/new");
    await page.getByRole("heading", { name: "New block" }).waitFor();
    await reader.close();
  });
});

describe("going from page to page", () => {
  test("asks for what a link leads to as soon as it is pointed at", async () => {
    const page = await here.context.newPage();
    await page.goto("/about");
    const link = page.getByRole("link", { name: /^Map/ });
    await Promise.all([page.waitForRequest(/MapPage/), link.hover()]);
    await page.close();
  });

  test("shows a bar when it takes long", async () => {
    const page = await here.context.newPage();
    await page.goto("/about");
    await page.getByRole("heading", { name: "Settings" }).waitFor();
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route(/MapPage.*js/, async (route) => {
      await held;
      await route.continue();
    });
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    const bar = page.locator("[class*=loading]");
    await bar.waitFor({ state: "visible" });
    letGo();
    await page.getByRole("heading", { name: "Map" }).waitFor();
    await bar.waitFor({ state: "hidden" });
    await page.close();
  });
});

describe("the settings", () => {
  test("say that they are live, and that they are not", async () => {
    const page = await here.context.newPage();
    await page.goto("/about");
    const status = page.getByRole("navigation", { name: "Main" });
    await status.getByText("Live").waitFor();
    await here.server.stop();
    await status.getByText("Disconnected").waitFor();
    await here.server.start();
    await status.getByText("Live").waitFor();
    await page.close();
  });
});

describe("a page that is opened while no server answers", () => {
  test("says so with the navigation around it, and comes by itself when one does", async () => {
    const page = await here.context.newPage();
    await page.goto("/variables");
    await page.getByRole("heading", { name: "Variables" }).waitFor();
    await here.server.stop();
    await page.getByRole("link", { name: /^Map/ }).click();
    await page.getByText("The server does not answer").first().waitFor();
    await page.getByRole("navigation", { name: "Main" }).waitFor();
    await here.server.start();
    await page.getByRole("heading", { name: "Map" }).waitFor();
    await page.close();
  });
});

describe("in both themes, wide and narrow,", () => {
  test.each(["/about", "/variables", "/login"])("%s has no fault that axe finds", async (path) => {
    const page = await here.context.newPage();
    await page.goto(path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.close();
  });
});
