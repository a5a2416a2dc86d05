// @ts-check
/** Made-up answers of the API, always the same, of the types that the pages are made for.
 *
 * @import { components } from "../../ui/src/api/schema.js"
 * @typedef {components["schemas"]} Schemas
 */

export const ID = "00000000-0000-7000-8000-000000000000";
const START = Date.UTC(2026, 0, 31);

/** Rows of one answer, as the server has them. */
const RUNS = 20_000;
const EVENTS = 20_000;
const LINES = 5_000;

/** What is said of a flow run that is over, after so many seconds, with so many task runs.
 *
 * @param {number} seconds
 * @param {number} count
 * @returns {Schemas["RunSummary"]}
 */
export function summary(seconds, count) {
  const [begin, end] = [time(0), time(seconds)];
  return {
    run: {
      id: ID, kind: "flow-run", name: "large", flow: "large", flow_id: ID, task: null, key: null, parent: null,
      root: ID, tags: [], parameters: {}, created: begin, expected: begin, started: begin, ended: end,
      state: { type: "COMPLETED", name: "Completed", message: null, timestamp: end, details: {} },
      attempts: 1, retries: 0, start: 1, version: null, code: null, deployment: null, process: null,
    },
    position: count, parent_name: null, deployment_name: null, startable: false, tasks: { COMPLETED: count }, flows: {},
    systems: [], previous: null, next: null, last_success: null, p50: null, p95: null,
  };
}

/** A flow run and one task, mapped: always the same lengths and waits.
 *
 * @param {number} seconds
 * @param {number} count
 */
export function timeline(seconds, count) {
  const step = count > 0 ? Math.floor((seconds * 1e6) / count) : 0;
  return parts(count + 1, RUNS, /** @returns {Schemas["Timeline"]} */ (first, rows, next) => {
    // Row 0 of all is the flow run.
    const column = columnOf(rows, (row) => first + row - 1);
    /** @template T @param {T} own @param {(at: number, row: number) => T} value */
    const runs = (own, value) => column((at, row) => (at < 0 ? own : value(at, row)));
    return {
      base: START * 1000 + first * step, rows, ids: encoded(ID, first, rows),
      number: column((_, row) => (row === 0 ? first : 1)), kinds: ["flow-run", "task-run"],
      kind: runs(0, () => 1), labels: ["large", "convert"], label: runs(0, () => 1),
      names: runs("large", (at) => `convert-${at}`), name: runs(0, (_, row) => Number(row > 0)),
      parent: runs(-1, () => (first === 0 ? 0 : rows)), others: first === 0 ? "" : encoded(ID, 0, 1),
      states: [["COMPLETED", "Completed"], ["FAILED", "Failed"]],
      state: runs(0, (at) => (at % 5_000 === 17 ? 1 : 0)), begun: runs(0, (_, row) => (row > 0 ? step : 0)),
      waited: runs(0, (at) => (at * 7919) % 500_000),
      lasted: runs(seconds * 1e6, (at) => 1e5 + ((at * 104_729) % 5e6)),
      segments: {}, edge_run: [], edge_upstream: [], edge_label: [], edge_labels: [], next,
    };
  });
}

/** Calls of one system, of which few fail.
 *
 * @param {number} seconds
 * @param {number} count
 */
export function events(seconds, count) {
  const step = count > 0 ? Math.floor((seconds * 1e6) / count) : 0;
  return parts(count, EVENTS, /** @returns {Schemas["RunEvents"]} */ (first, rows, next) => {
    const column = columnOf(rows, (row) => first + row);
    return {
      base: START * 1000 + first * step, rows, position: column((at, row) => (row === 0 ? at + 1 : 1)),
      occurred: column((_, row) => (row === 0 ? 0 : step)),
      names: ["s3.write.completed", "s3.write.failed"], name: column((at) => Number(at % 2_500 === 3)),
      resources: ["s3://lake/out"], resource: column(() => 0), kinds: ["s3"], systems: ["s3://lake"],
      system: [0], run: column((at, row) => (row === 0 ? at + 1 : 1)),
      lasted: column((at, row) => [row, 1e4 + ((at * 7919) % 2e5)]), many: [], next,
    };
  });
}

/** Lines that the flow run logged, one in a hundred a warning.
 *
 * @param {number} count
 */
export function lines(count) {
  return parts(count, LINES, /** @returns {Schemas["RunLines"]} */ (first, rows, next) => {
    const column = columnOf(rows, (row) => first + row);
    return {
      base: START * 1000 + first * 10, rows, time: column((_, row) => (row === 0 ? 0 : 10)),
      level: column((at) => (at % 100 === 0 ? 30 : 20)), loggers: ["peninsula"], logger: column(() => 0),
      runs: encoded(ID, 0, 1), run: column(() => 0), message: column((at) => `Rows were read: line ${at}`),
      containers: [], printed: [], next,
    };
  });
}

/** A map as a team of some size has it: each task of three is shared.
 *
 * @param {Record<Schemas["Tier"], number>} counts Nodes of each tier.
 * @returns {Schemas["Map"]}
 */
export function map(counts) {
  const tiers = /** @type {(keyof typeof counts)[]} */ (Object.keys(counts));
  const nodes = tiers.flatMap((tier) =>
    Array.from({ length: counts[tier] }, (_, at) => ({
      tier,
      name: tier === "system" ? `postgresql://db-${at}.internal/warehouse` : `${tier}-${at}`,
      kind: tier === "system" ? "postgresql" : `${tier}-run`,
      runs: 1 + ((at * 37) % 900),
      failures: at % 7 === 0 ? 1 + (at % 5) : 0,
    })),
  );
  /** @type {Schemas["MapEdge"][]} */
  const edges = [];
  /** @param {number} source @param {number} target @param {Schemas["MapEdgeKind"]} kind */
  const join = (source, target, kind) =>
    edges.push({ source, target, kind, runs: 3, failures: source % 7 ? 0 : 1 });
  for (let task = 0; task < counts.task; task++) {
    const node = counts.flow + task;
    join((task * 13) % counts.flow, node, "calls");
    if (task % 3 === 0) join((task * 29 + 1) % counts.flow, node, "calls");
    if (task % 2 === 0) join(node, counts.flow + ((task + 1) % counts.task), "feeds");
    join(node, counts.flow + counts.task + ((task * 17) % counts.system), "touches");
  }
  return { since: time(0), until: time(86_400), nodes, edges, left_out: {}, partial: false };
}

/** @param {number} after Seconds. */
function time(after) {
  return new Date(START + after * 1000).toISOString();
}

/** How to make a column of so many rows.
 *
 * @param {number} rows
 * @param {(row: number) => number} numberOf The number among all of a row of this answer.
 */
function columnOf(rows, numberOf) {
  /** @template T @param {(at: number, row: number) => T} value @returns {T[]} */
  return (value) => Array.from({ length: rows }, (_, row) => value(numberOf(row), row));
}

/** Answers of so many rows in all, each with the number of the one that goes on; one at least.
 *
 * @template T
 * @param {number} count
 * @param {number} most Rows of one answer.
 * @param {(first: number, rows: number, next: string | null) => T} part
 * @returns {T[]}
 */
function parts(count, most, part) {
  const answers = [];
  for (let first = 0; first < count || answers.length === 0; first += most) {
    const rows = Math.min(most, count - first);
    answers.push(part(first, rows, first + rows < count ? String(answers.length + 1) : null));
  }
  return answers;
}

/** Ids that count up from the first, so many from a number on: the first byte of all, then the second …
 *
 * @param {string} first
 * @param {number} from
 * @param {number} rows
 */
function encoded(first, from, rows) {
  const same = Buffer.from(first.replaceAll("-", ""), "hex");
  const bytes = Buffer.alloc(rows * 16);
  for (let byte = 0; byte < 13; byte++) bytes.fill(same.readUInt8(byte), byte * rows, (byte + 1) * rows);
  for (let row = 0; row < rows; row++) {
    bytes[13 * rows + row] = (from + row) >> 16;
    bytes[14 * rows + row] = (from + row) >> 8;
    bytes[15 * rows + row] = from + row;
  }
  return bytes.toString("base64");
}
