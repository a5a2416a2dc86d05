/** Measure the page of a run of so many task runs and events, 10,000 if nothing is said: from its data to
 * the frame that shows it, and how long a frame takes while time is moved.
 * node benchmarks/ui/run.js URL KEY ROUNDS [TASKS] */
import { events, ID, lines, summary, timeline } from "./answers.js";
import { busyOf, frameOf, measure, noteFrames, noteTasks, reply, watch } from "./browser.js";

const COUNT = Number(process.argv[5] ?? 10_000);
const SECONDS = 600;
const MOVES = 30;

const answers = {
  summary: [summary(SECONDS, COUNT)],
  timeline: timeline(SECONDS, COUNT),
  events: events(SECONDS, COUNT),
  lines: lines(0),
};
await measure(show);

async function show(context) {
  const page = await context.newPage();
  await reply(page, ID, answers);
  const selector = "[role=treegrid] [role=row]";
  await page.addInitScript(noteTasks);
  await page.addInitScript(watch, { selector, count: 3, answer: `${ID}/` });
  await page.goto(`/runs/${ID}`);
  const shown = await (await page.waitForFunction(() => window.shown)).jsonValue();
  const group = page.getByText(`×${COUNT.toLocaleString("en")}`);
  await group.waitFor();
  const longest = await page.evaluate(() => window.longest);
  const busy = await busyOf(context, page);
  const before = await busy();
  const frames = await moved(page, group);
  const frame = ((await busy()) - before) / MOVES;
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize / 2 ** 20);
  await page.close();
  return { shown, longest, frame, frames, heap };
}

/** The longest of all but one in twenty frames, in milliseconds, with all rows open. */
async function moved(page, group) {
  await group.click();
  await page.keyboard.press("ArrowRight");
  await page.locator(`[role=treegrid][aria-rowcount="${COUNT + 3}"]`).waitFor();
  await page.evaluate(noteFrames);
  for (let move = 0; move < MOVES; move++) await page.keyboard.press(move % 2 ? "a" : "w");
  return await frameOf(page);
}
