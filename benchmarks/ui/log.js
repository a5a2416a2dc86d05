/** Measure a log of 100,000 lines: a frame while it is scrolled, and from the last key of a search to the
 * frame that shows what was found.
 * node benchmarks/ui/log.js URL KEY ROUNDS */
import { encoded, frameOf, measure, noteFrames, reply, summaryOf } from "./browser.js";

const COUNT = 100_000;
/** Lines of one answer, as the server has them. */
const ROWS = 5_000;
const ID = "00000000-0000-7000-8000-000000000000";
const START = Date.UTC(2026, 0, 31);
const SCROLLS = 60;

const begin = new Date(START).toISOString();
const end = new Date(START + 1000).toISOString();
const answers = {
  summary: [summaryOf(ID, begin, end, 0)],
  timeline: [timeline()],
  events: [
    { base: 0, rows: 0, position: [], occurred: [], names: [], name: [], resources: [], resource: [], kinds: [], systems: [], system: [], run: [], lasted: [], many: [], next: null },
  ],
  lines: Array.from({ length: COUNT / ROWS }, (_, part) => lines(part)),
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

function timeline() {
  return {
    base: START * 1000, rows: 1, ids: encoded(ID, 0, 1), number: [0], kinds: ["flow-run"], kind: [0], labels: ["talks"],
    label: [0], names: ["talks"], name: [0], parent: [-1], others: "", states: [["COMPLETED", "Completed"]],
    state: [0], begun: [0], waited: [0], lasted: [1e6], segments: {}, edge_run: [], edge_upstream: [],
    edge_label: [], edge_labels: [], next: null,
  };
}

function lines(part) {
  const column = (value) => Array.from({ length: ROWS }, (_, row) => value(part * ROWS + row, row));
  return {
    base: START * 1000 + part * ROWS * 10, rows: ROWS, time: column((_, row) => (row === 0 ? 0 : 10)),
    level: column((at) => (at % 100 === 0 ? 30 : 20)), loggers: ["peninsula"], logger: column(() => 0),
    runs: encoded(ID, 0, 1), run: column(() => 0), message: column((at) => `Rows were read: line ${at}`),
    containers: [], printed: [],
    next: (part + 1) * ROWS < COUNT ? String(part + 1) : null,
  };
}
