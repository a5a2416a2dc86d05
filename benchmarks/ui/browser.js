/** Chromium, logged in, and what its pages took. */
import { createRequire } from "node:module";

const { chromium } = createRequire(new URL("../../ui/", import.meta.url))("playwright-core");

const ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];

/** Call `round(context)` so many times, and say what it found. */
export async function measure(round) {
  const [url, key, rounds] = process.argv.slice(2);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ARGUMENTS,
  });
  const context = await browser.newContext({ baseURL: url, viewport: { width: 1440, height: 900 } });
  await context.request.post("/api/session", { data: { key } });
  const found = [];
  for (let count = 0; count < Number(rounds); count++) found.push(await round(context));
  await browser.close();
  console.log(`SAID ${JSON.stringify(found)}`);
}

/** How to ask for the milliseconds that the page's thread was busy until then: a machine that does
 * something else does not make them more. */
export async function busyOf(context, page) {
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1000;
  };
}

/** In the page: note, in `shown`, how long after the last answer it was that so many elements are there
 * and their frame has been drawn. */
export function watch({ selector, count, answer }) {
  const observer = new MutationObserver(() => {
    if (document.querySelectorAll(selector).length < count) return;
    observer.disconnect();
    const told = performance.getEntriesByType("resource").filter(({ name }) => name.includes(answer));
    // The first is before the frame is drawn, the message comes after it.
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.shown = performance.now() - Math.max(...told.map(({ responseEnd }) => responseEnd));
      };
      port2.postMessage(null);
    });
  });
  observer.observe(document, { childList: true, subtree: true });
}

/** In the page: note how long each frame from now on takes. */
export function noteFrames() {
  window.took = [];
  let last = performance.now();
  const note = (now) => {
    window.took.push(now - last);
    last = now;
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

/** In the page: note in `longest` how long the longest task was, from the beginning of the page. */
export function noteTasks() {
  window.longest = 0;
  const note = (list) => {
    for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
  };
  new PerformanceObserver(note).observe({ type: "longtask", buffered: true });
}

/** The longest of all but one in twenty of the frames that were noted, in milliseconds. */
export async function frameOf(page) {
  return ninetyFifth((await page.evaluate(() => window.took)).slice(1));
}

export function ninetyFifth(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length * 0.95)];
}

/** Answer calls of one run: of each name the answers, of which one leads to the next by its number. */
export async function reply(page, id, answers) {
  for (const [name, parts] of Object.entries(answers)) {
    const bodies = parts.map((part) => JSON.stringify(part));
    await page.route(new RegExp(`/api/flow-runs/${id}/${name}(\\?|$)`), (route) => {
      const cursor = new URL(route.request().url()).searchParams.get("cursor") ?? "0";
      return route.fulfill({ contentType: "application/json", body: bodies[Number(cursor)] });
    });
  }
}
