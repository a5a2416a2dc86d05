/** Measure the map: from the answer with 500 nodes to the frame that shows them.
 * node benchmarks/ui/map.js URL KEY ROUNDS */
import { map } from "./answers.js";
import { busyOf, measure, watch } from "./browser.js";

const NODES = { flow: 100, task: 300, system: 100 };
const COUNT = NODES.flow + NODES.task + NODES.system;
/** Rows that a screen of 900 pixels has room for. A tier has as many nodes in them as it is long. */
const ROWS = 32;
const LONGEST = Math.max(...Object.values(NODES));
const IN_SIGHT = Object.values(NODES).reduce((sum, count) => sum + Math.floor((ROWS * count) / LONGEST), 0);

const answer = JSON.stringify(map(NODES));
await measure(show);

async function show(context) {
  const { shown } = await draw(context, IN_SIGHT);
  const { shown: whole, busy } = await draw(context, COUNT);
  return { shown, whole, busy };
}

/** Return milliseconds from the end of the answer to the end of the frame that shows so many nodes, and
 * those that the page's thread was busy. */
async function draw(context, count) {
  const page = await context.newPage();
  let answerNow;
  const asked = new Promise((resolve) => {
    answerNow = resolve;
  });
  await page.route("**/api/map?*", async (route) => {
    await asked;
    await route.fulfill({ contentType: "application/json", body: answer });
  });
  await page.addInitScript(watch, { selector: "[data-node]", count, answer: "/api/map" });
  await page.goto("/map");
  await page.getByText("Loading").waitFor();
  const busy = await busyOf(context, page);
  const before = await busy();
  answerNow();
  const shown = await (await page.waitForFunction(() => window.shown)).jsonValue();
  const took = (await busy()) - before;
  await page.close();
  return { shown, busy: took };
}
