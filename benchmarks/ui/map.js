/** Measure the map: from the answer with 500 nodes to the frame that shows them.
 * node benchmarks/ui/map.js URL KEY ROUNDS */
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../ui/", import.meta.url))("playwright-core");

const NODES = { flow: 100, task: 300, system: 100 };
const COUNT = NODES.flow + NODES.task + NODES.system;

const [url, key, rounds] = process.argv.slice(2);
const answer = JSON.stringify(map());
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } });
await context.request.post("/api/session", { data: { key } });
const found = [];
for (let round = 0; round < Number(rounds); round++) found.push(await show());
await browser.close();
console.log(`SAID ${JSON.stringify(found)}`);

/** Return milliseconds from the end of the answer to the end of the frame that shows it, and those
 * that the page's thread was busy: a machine that does something else makes only the former longer. */
async function show() {
  const page = await context.newPage();
  let answerNow;
  const asked = new Promise((resolve) => {
    answerNow = resolve;
  });
  await page.route("**/api/map?*", async (route) => {
    await asked;
    await route.fulfill({ contentType: "application/json", body: answer });
  });
  await page.addInitScript(watch, COUNT);
  await page.goto("/map");
  await page.getByText("Loading").waitFor();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const before = await busy(devtools);
  answerNow();
  const shown = await (await page.waitForFunction(() => window.shown)).jsonValue();
  const took = (await busy(devtools)) - before;
  await page.close();
  return { shown, busy: took };
}

async function busy(devtools) {
  const { metrics } = await devtools.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
}

/** In the page: note when so many nodes have been drawn. */
function watch(count) {
  const observer = new MutationObserver(() => {
    if (document.querySelectorAll("[data-node]").length < count) return;
    observer.disconnect();
    const told = performance.getEntriesByType("resource").find(({ name }) => /\/api\/map/.test(name));
    // The first is before the frame is drawn, the message comes after it.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.shown = performance.now() - told.responseEnd;
      };
      port2.postMessage(null);
    });
  });
  observer.observe(document, { childList: true, subtree: true });
}

/** A map as a team of some size has it, always the same: each task of three is shared. */
function map() {
  const nodes = Object.entries(NODES).flatMap(([tier, count]) =>
    Array.from({ length: count }, (_, at) => ({
      tier,
      name: tier === "system" ? `postgresql://db-${at}.internal/warehouse` : `${tier}-${at}`,
      kind: tier === "system" ? "postgresql" : `${tier}-run`,
      runs: 1 + ((at * 37) % 900),
      failures: at % 7 === 0 ? 1 + (at % 5) : 0,
    })),
  );
  const edge = (source, target, kind) => ({ source, target, kind, runs: 3, failures: source % 7 ? 0 : 1 });
  const edges = [];
  for (let task = 0; task < NODES.task; task++) {
    const node = NODES.flow + task;
    edges.push(edge((task * 13) % NODES.flow, node, "calls"));
    if (task % 3 === 0) edges.push(edge((task * 29 + 1) % NODES.flow, node, "calls"));
    if (task % 2 === 0) edges.push(edge(node, NODES.flow + ((task + 1) % NODES.task), "feeds"));
    edges.push(edge(node, NODES.flow + NODES.task + ((task * 17) % NODES.system), "touches"));
  }
  const left_out = {};
  return { since: "2026-01-01T00:00:00Z", until: "2026-01-31T00:00:00Z", nodes, edges, left_out, partial: false };
}
