/** Measure how soon an event that is posted is in sight, on the page of events, and how soon the first page
 * is, in a browser that has nothing of it yet.
 * node benchmarks/ui/live.js URL KEY ROUNDS */
import { measure, ninetyFifth } from "./browser.js";

const EVENTS = 20;
const [, , , key] = process.argv;

await measure(async (context) => ({ live: await live(context), paint: await paint(context) }));

/** Of all but one in twenty events: milliseconds from before they are sent to the frame that has them. */
async function live(context) {
  // A page without any event says how to emit one, and is another page.
  await post(context, "seen.first");
  const page = await context.newPage();
  await page.goto("/events");
  await page.getByText("seen.first").first().waitFor();
  await page.getByText("Live", { exact: true }).waitFor();
  const took = [];
  for (let number = 0; number < EVENTS; number++) {
    const name = `seen.${Date.now()}.${number}`;
    const seen = page.evaluate(drawn, name);
    const sent = await page.evaluate(() => performance.now());
    await post(context, name);
    took.push((await seen) - sent);
  }
  await page.close();
  return ninetyFifth(took);
}

async function post(context, event) {
  const occurred = new Date().toISOString();
  const data = { id: crypto.randomUUID(), occurred, event, resource: { id: "s3://lake/live" } };
  const headers = { Authorization: `Bearer ${key}` };
  const answer = await context.request.post("/api/events", { data, headers });
  if (!answer.ok()) throw new Error(await answer.text());
}

/** In the page: when the frame was drawn that has the text. */
function drawn(text) {
  return new Promise((resolve) => {
    const look = () => {
      if (!document.querySelector("main").textContent.includes(text)) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
    };
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true, characterData: true });
    look();
  });
}

/** Milliseconds from the address to the frame that has what the overview tells. */
async function paint(known) {
  const cold = await known.browser().newContext({ baseURL: process.argv[2], viewport: { width: 1440, height: 900 } });
  await cold.request.post("/api/session", { data: { key } });
  const page = await cold.newPage();
  await page.addInitScript(() => {
    const observer = new MutationObserver(() => {
      const said = document.querySelector("main")?.textContent ?? "";
      if (said === "" || said.includes("Loading")) return;
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => {
        window.painted = performance.now();
      }));
    });
    observer.observe(document, { childList: true, subtree: true });
  });
  await page.goto("/");
  const painted = await (await page.waitForFunction(() => window.painted)).jsonValue();
  await cold.close();
  return painted;
}
