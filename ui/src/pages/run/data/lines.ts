/** What was logged, as columns: of a hundred thousand lines there are no objects. */
import type { RunLines } from "../../../api/types";
import { at, Codes, ids, joined, lowerBound, once, summed } from "./columns";

export interface Lines {
  count: number;
  /** µs since 1970, going up. */
  times: Float64Array;
  level: Int32Array;
  messages: readonly string[];
  loggerOf: (line: number) => string;
  /** The id of the innermost run that it was logged in. */
  runOf: (line: number) => string;
  /** `pod/container/restart` of what a container printed beside the engine's log. */
  printedBy: ReadonlyMap<number, string>;
}

/** Join the answers that have come so far. */
export function readLines(told: readonly RunLines[]): Lines {
  const count = told.reduce((sum, { rows }) => sum + rows, 0);
  const level = new Int32Array(count);
  const logger = new Int32Array(count);
  const run = new Int32Array(count);
  const loggers = new Codes<string>(String);
  const runs = new Codes<string>(String);
  const printedBy = new Map<number, string>();
  let line = 0;
  for (const part of told) {
    const said = part.loggers.map((one) => loggers.of(one));
    const inside = columnsOf(part).runs.map((one) => runs.of(one));
    for (const [row, by] of part.printed) printedBy.set(line + row, at(part.containers, by));
    for (let row = 0; row < part.rows; row++, line++) {
      level[line] = at(part.level, row);
      logger[line] = at(said, at(part.logger, row));
      run[line] = at(inside, at(part.run, row));
    }
  }
  return {
    count,
    times: joined(told.map((part) => columnsOf(part).times)),
    level,
    messages: told.flatMap(({ message }) => message),
    loggerOf: (of) => at(loggers.values, at(logger, of)),
    runOf: (of) => at(runs.values, at(run, of)),
    printedBy,
  };
}

const columnsOf = once((told: RunLines) => ({
  times: summed(told.time, told.base),
  runs: ids(told.runs),
}));

/** The line that a run logged at that very moment, -1 without; of a run that is not said, any. */
export function lineAt({ count, times, runOf }: Lines, moment: number, run?: string): number {
  for (let line = lowerBound(times, moment); line < count && times[line] === moment; line++) {
    if (run === undefined || runOf(line) === run) return line;
  }
  return -1;
}
