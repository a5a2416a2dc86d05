/** Measure a log of 100,000 lines: a frame while it is scrolled, and from the last key of a search to the
 * frame that shows what was found.
 * node benchmarks/ui/log.js URL KEY ROUNDS */
import { events, ID, lines, summary, timeline } from "./answers.js";
import { frameOf, measure, noteFrames, reply } from "./browser.js";

const COUNT = 100_000;
const SCROLLS = 60;

const answers = {
  summary: [summary(1, 0)],
  timeline: timeline(1, 0),
  events: events(1, 0),
  lines: lines(COUNT),
};
await measure(show);

async function show(context) {
  const page = await context.newPage();
  await reply(page, ID, answers);
  await page.goto(`/runs/${ID}`);
  await page.getByText(`${COUNT.toLocaleString("en")} lines ·`).waitFor();
  const frames = await scrolled(page);
  const found = await searched(page);
  await page.close();
  return { frames, found };
}

/** Scroll by what a wheel does, each frame, down through all of it. */
async function scrolled(page) {
  await page.evaluate(noteFrames);
  await page.evaluate(async (scrolls) => {
    const list = document.querySelector("[role=listbox]");
    for (let count = 0; count < scrolls; count++) {
      list.scrollTop += count % 10 === 9 ? list.scrollHeight / 10 : 120;
      await new Promise(requestAnimationFrame);
    }
  }, SCROLLS);
  return await frameOf(page);
}

async function searched(page) {
  await page.evaluate(() => {
    const list = document.querySelector("[role=listbox]");
    let last = 0;
    window.addEventListener("keydown", () => {
      last = performance.now();
    }, true);
    new MutationObserver(() => {
      if (window.found || document.querySelectorAll("[role=option]").length !== 1) return;
      window.found = -1;
      requestAnimationFrame(() => setTimeout(() => {
        window.found = performance.now() - last;
      }));
    }).observe(list.parentElement, { childList: true, subtree: true });
  });
  await page.keyboard.press("\\");
  await page.keyboard.type("line 76543");
  return await (await page.waitForFunction(() => window.found > 0 && window.found)).jsonValue();
}
