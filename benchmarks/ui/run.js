/** Measure the page of a run of 10,000 task runs and 10,000 events: from its data to the frame that
 * shows it, and how long a frame takes while time is moved.
 * node benchmarks/ui/run.js URL KEY ROUNDS */
import { busyOf, measure, watch } from "./browser.js";

const COUNT = 10_000;
const ID = "00000000-0000-7000-8000-000000000000";
const START = Date.UTC(2026, 0, 31);
const SECONDS = 600;
const MOVES = 30;

const answers = { summary: summary(), timeline: timeline(), events: events(), logs: page([]) };
await measure(show);

async function show(context) {
  const page = await context.newPage();
  for (const [name, answer] of Object.entries(answers)) {
    const body = JSON.stringify(answer);
    const reply = (route) => route.fulfill({ contentType: "application/json", body });
    await page.route(new RegExp(`/api/flow-runs/${ID}/${name}(\\?|$)`), reply);
  }
  const selector = "[role=treegrid] [role=row]";
  await page.addInitScript(watch, { selector, count: 3, answer: `${ID}/` });
  await page.goto(`/runs/${ID}`);
  const shown = await (await page.waitForFunction(() => window.shown)).jsonValue();
  const busy = await busyOf(context, page);
  const before = await busy();
  const frames = await moved(page);
  const frame = ((await busy()) - before) / MOVES;
  const heap = await page.evaluate(() => performance.memory.usedJSHeapSize / 2 ** 20);
  await page.close();
  return { shown, frame, frames, heap };
}

/** The longest of all but one in twenty frames, in milliseconds, with all rows open. */
async function moved(page) {
  await page.getByText("×10,000").click();
  await page.keyboard.press("ArrowRight");
  await page.locator("[role=treegrid][aria-rowcount='10003']").waitFor();
  await page.evaluate(noteFrames);
  for (let move = 0; move < MOVES; move++) await page.keyboard.press(move % 2 ? "a" : "w");
  return await page.evaluate(() => {
    const frames = window.took.slice(1).sort((one, other) => one - other);
    return frames[Math.floor(frames.length * 0.95)];
  });
}

/** In the page: note how long each frame from now on takes. */
function noteFrames() {
  window.took = [];
  let last = performance.now();
  const note = (now) => {
    window.took.push(now - last);
    last = now;
    requestAnimationFrame(note);
  };
  requestAnimationFrame(note);
}

function time(after) {
  return new Date(START + after * 1000).toISOString();
}

function page(items) {
  return { items, next: null, previous: null, partial: false };
}

function summary() {
  const state = { type: "COMPLETED", name: "Completed", message: null, timestamp: time(SECONDS) };
  const run = {
    id: ID, kind: "flow-run", name: "large", flow: "large", flow_id: ID, task: null, key: null,
    parent: null, root: ID, tags: [], parameters: {}, state, created: time(0), expected: time(0),
    started: time(0), ended: time(SECONDS), attempts: 1, retries: 0, start: 1, version: null,
    code: null, deployment: null, process: null,
  };
  return {
    run, position: COUNT, tasks: { COMPLETED: COUNT }, flows: {}, systems: [], previous: null,
    next: null, last_success: null, p50: null, p95: null,
  };
}

/** One task, mapped; always the same lengths and waits. */
function timeline() {
  const rows = COUNT + 1;
  const tasks = (value) => [0, ...Array.from({ length: COUNT }, (_, at) => value(at))];
  const step = Math.floor((SECONDS * 1e6) / rows);
  return {
    base: START * 1000, rows, ids: encoded(rows), kinds: ["flow-run", "task-run"],
    kind: tasks(() => 1), labels: ["large", "convert"], label: tasks(() => 1),
    names: ["large", ...Array.from({ length: COUNT }, (_, at) => `convert-${at}`)],
    name: tasks(() => 1), parent: [-1, ...Array(COUNT).fill(0)],
    states: [["COMPLETED", "Completed"], ["FAILED", "Failed"]],
    state: tasks((at) => (at % 5_000 === 17 ? 1 : 0)), begun: tasks(() => step),
    waited: tasks((at) => (at * 7919) % 500_000),
    lasted: [SECONDS * 1e6, ...Array.from({ length: COUNT }, (_, at) => 1e5 + ((at * 104_729) % 5e6))],
    segments: {}, edge_run: [], edge_upstream: [], edge_label: [], edge_labels: [], others: "", next: null,
  };
}

function events() {
  const column = (value) => Array.from({ length: COUNT }, (_, at) => value(at));
  return {
    base: START * 1000, rows: COUNT, position: column(() => 1),
    occurred: column((at) => (at === 0 ? 0 : Math.floor((SECONDS * 1e6) / COUNT))),
    names: ["s3.write.completed", "s3.write.failed"], name: column((at) => Number(at % 2_500 === 3)),
    resources: ["s3://lake/out"], resource: column(() => 0), kinds: ["s3"], systems: ["s3://lake"],
    system: [0], runs: encoded(COUNT + 1), run: column(() => 1), next: null,
  };
}

/** Ids that count up from ours: the first byte of all, then the second of all, … */
function encoded(rows) {
  const first = ID.replaceAll("-", "").match(/../g).map((byte) => Number.parseInt(byte, 16));
  const bytes = Buffer.alloc(rows * 16);
  for (let row = 0; row < rows; row++) {
    for (let byte = 0; byte < 16; byte++) bytes[byte * rows + row] = first[byte];
    bytes[14 * rows + row] = row >> 8;
    bytes[15 * rows + row] = row & 255;
  }
  return bytes.toString("base64");
}
