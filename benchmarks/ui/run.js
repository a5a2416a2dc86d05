/** Measure the page of a run of so many task runs and events, 10,000 if nothing is said: from its data to
 * the frame that shows it, and how long a frame takes while time is moved.
 * node benchmarks/ui/run.js URL KEY ROUNDS [TASKS] */
import { busyOf, encoded, frameOf, measure, noteFrames, noteTasks, reply, summaryOf, watch } from "./browser.js";

const COUNT = Number(process.argv[5] ?? 10_000);
/** Rows of one answer, as the server has them. */
const ROWS = 20_000;
const ID = "00000000-0000-7000-8000-000000000000";
const START = Date.UTC(2026, 0, 31);
const SECONDS = 600;
const STEP = Math.floor((SECONDS * 1e6) / COUNT);
const MOVES = 30;

const answers = {
  summary: [summaryOf(ID, time(0), time(SECONDS), COUNT)],
  timeline: parts(COUNT + 1, timeline),
  events: parts(COUNT, events),
  lines: [
    { base: 0, rows: 0, time: [], level: [], loggers: [], logger: [], runs: "", run: [], message: [], containers: [], printed: [], next: null },
  ],
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

function time(after) {
  return new Date(START + after * 1000).toISOString();
}

/** Answers of so many rows in all, each with the number of the one that goes on. */
function parts(count, part) {
  const answers = [];
  for (let first = 0; first < count; first += ROWS) {
    const rows = Math.min(ROWS, count - first);
    const next = first + rows < count ? String(answers.length + 1) : null;
    answers.push({ ...part(first, rows), next });
  }
  return answers;
}

/** One task, mapped; always the same lengths and waits. Row 0 of all is the flow run. */
function timeline(first, rows) {
  const column = (own, value) =>
    Array.from({ length: rows }, (_, row) => (first + row === 0 ? own : value(first + row - 1, row)));
  const above = first === 0 ? 0 : rows;
  return {
    base: START * 1000 + first * STEP, rows, ids: encoded(ID, first, rows),
    number: Array.from({ length: rows }, (_, row) => (row === 0 ? first : 1)), kinds: ["flow-run", "task-run"],
    kind: column(0, () => 1), labels: ["large", "convert"], label: column(0, () => 1),
    names: column("large", (at) => `convert-${at}`), name: column(0, (_, row) => Number(row > 0)),
    parent: column(-1, () => above), others: first === 0 ? "" : encoded(ID, 0, 1),
    states: [["COMPLETED", "Completed"], ["FAILED", "Failed"]],
    state: column(0, (at) => (at % 5_000 === 17 ? 1 : 0)), begun: column(0, (_, row) => (row > 0 ? STEP : 0)),
    waited: column(0, (at) => (at * 7919) % 500_000),
    lasted: column(SECONDS * 1e6, (at) => 1e5 + ((at * 104_729) % 5e6)),
    segments: {}, edge_run: [], edge_upstream: [], edge_label: [], edge_labels: [],
  };
}

function events(first, rows) {
  const column = (value) => Array.from({ length: rows }, (_, row) => value(first + row, row));
  return {
    base: START * 1000 + first * STEP, rows, position: column((at, row) => (row === 0 ? at + 1 : 1)),
    occurred: column((_, row) => (row === 0 ? 0 : STEP)),
    names: ["s3.write.completed", "s3.write.failed"], name: column((at) => Number(at % 2_500 === 3)),
    resources: ["s3://lake/out"], resource: column(() => 0), kinds: ["s3"], systems: ["s3://lake"],
    system: [0], run: column((at, row) => (row === 0 ? at + 1 : 1)),
    lasted: column((at, row) => [row, 1e4 + ((at * 7919) % 2e5)]), many: [],
  };
}
