import { Card } from "../../../parts/Card";
import { Copy } from "../../../parts/Copy";
import { Facts } from "../../../parts/Facts";
import { whole } from "../../../parts/numbers";
import { Time } from "../../../parts/Time";
import { at, dateOf } from "../data/columns";
import type { Lines } from "../data/lines";
import { type Runs, topOf } from "../data/runs";
import { logPath } from "../logPath";
import { Ansi } from "../logs/Ansi";
import { toneOf, wordOf } from "../logs/levels";
import { plain } from "../logs/pieces";
import { Text } from "./Text";

interface Shown {
  lines: Lines;
  line: number;
  runs: Runs;
  /** Marked wherever it stands. */
  find: string | undefined;
}

/** Characters that a page bears well. */
const LONGEST = 20_000;

/** A line of the log with all that it says: nothing is folded, and it breaks where it must. */
export function LineCard({ lines, line, runs, find }: Shown) {
  const message = at(lines.messages, line);
  const said = message.slice(0, LONGEST);
  const level = at(lines.level, line);
  const row = runs.rowOf.get(lines.runOf(line));
  return (
    <Card title="Log line" actions={<Copy text={plain(said)} shown="Copy" label="Copy the line" />}>
      <Facts
        facts={[
          ["Time", <Time key="time" at={dateOf(at(lines.times, line)).toISOString()} full />],
          [
            "Level",
            <span key="level" data-tone={toneOf(level)}>
              {wordOf(level)}
            </span>,
          ],
          ["Logger", lines.loggerOf(line)],
          ["Run", row === undefined ? lines.runOf(line) : runs.name(row)],
        ]}
      />
      <Text label="Line">
        <Ansi text={said} find={find} />
      </Text>
      {message.length > LONGEST && (
        <p className="muted">
          … {whole(message.length - LONGEST)} more characters:{" "}
          <a href={logPath(topOf(runs))} download>
            download the log
          </a>
        </p>
      )}
    </Card>
  );
}
