/** Draw every page, in both themes and on a small screen:
 * npm run screenshots -- URL TOKEN-FILE FOLDER [PATH…]
 * A path with {failed} is that of the newest failed flow run. SIZE=1280x640 draws large screens so. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, tokenFile, folder, ...paths] = process.argv.slice(2);
if (url === undefined || tokenFile === undefined || folder === undefined) {
  throw new Error("Usage: npm run screenshots -- URL TOKEN-FILE FOLDER [PATH…]");
}

const PAGES =
  paths.length > 0
    ? paths
    : [
        "/",
        "/?span=7d",
        "/flows",
        "/flows/nightly-orders",
        "/map",
        "/login",
        "/runs",
        "/runs?state=FAILED",
        "/runs/{failed}",
        "/runs/{failed}?view=graph",
        "/events",
        "/events?q=type:*failed&span=7d&by=name",
        "/resources",
        "/resource?id=s3://acme-lake&span=30d",
        "/artifacts",
        "/blocks",
        "/blocks/types",
        "/variables",
        "/about",
      ];

const [width, height] = (process.env.SIZE ?? "1440x900").split("x").map(Number);
const LOOKS = {
  light: { colorScheme: "light", viewport: { width, height } },
  dark: { colorScheme: "dark", viewport: { width, height } },
  small: { colorScheme: "dark", viewport: { width: 390, height: 844 } },
};

const key = readFileSync(tokenFile, "utf8").trim();
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--font-render-hinting=none",
  ],
});
for (const look of Object.keys(LOOKS)) await draw(look);
await browser.close();

async function draw(look) {
  const context = await browser.newContext({ ...LOOKS[look], baseURL: url });
  await context.request.post("/api/session", { data: { key } });
  const answer = await context.request.get("/api/flow-runs?state=FAILED&limit=1");
  const failed = (await answer.json()).items[0]?.id;
  for (const path of PAGES) {
    const page = await context.newPage();
    const quiet = allAnswered(page);
    await page.goto(path.replace("{failed}", failed));
    await page.getByRole("heading").first().waitFor();
    await quiet();
    const name = path.replaceAll(/[^a-z0-9]+/gi, "-").replaceAll(/^-|-$/g, "");
    await page.screenshot({ path: join(folder, `${name}-${look}.png`) });
    await page.close();
  }
  await context.close();
}

/** Await that all the page asks is answered, and that it asks nothing more for a while. */
function allAnswered(page) {
  const waiting = new Set();
  page.on("request", (request) => {
    if (!request.url().includes("/api/stream?")) waiting.add(request);
  });
  for (const end of ["requestfinished", "requestfailed"]) {
    page.on(end, (request) => waiting.delete(request));
  }
  return async () => {
    for (let calm = 0; calm < 5; calm += 1) {
      await page.waitForTimeout(100);
      if (waiting.size > 0) calm = 0;
    }
  };
}
