/** What of a message is shown in a log: frames of libraries are one line, and there is an end to it. */
import { whole } from "../../../parts/numbers";

const FRAME = /^\s*File "(.*)", line \d+/;
/** Code that the person who reads it did not write. */
const FOREIGN =
  /\/(site-packages|dist-packages)\/|\/peninsula\/(core|journal|client|sdk)\/|\/lib\/python\d|^<frozen /;

const MOST_LINES = 60;
const LONGEST = 2_000;

export function folded(message: string): string[] {
  if (!message.includes("\n") && message.length <= LONGEST) return [message];
  const lines = withoutForeignFrames(message.split("\n"));
  const shown = lines.slice(0, MOST_LINES).map(cut);
  const more = lines.length - shown.length;
  return more > 0 ? [...shown, `… ${whole(more)} more lines`] : shown;
}

function cut(line: string): string {
  if (line.length <= LONGEST) return line;
  const more = whole(line.length - LONGEST);
  return `${line.slice(0, LONGEST)} … ${more} more characters`;
}

function withoutForeignFrames(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let frames = 0;
  let depth = 0;
  const close = () => {
    if (frames > 0) kept.push(`  … ${frames} ${frames === 1 ? "frame" : "frames"} of libraries`);
    frames = 0;
  };
  for (const line of lines) {
    const frame = FRAME.exec(line);
    if (frame && FOREIGN.test(frame[1] ?? "")) {
      frames++;
      depth = indent(line);
    } else if (frames === 0 || frame || indent(line) <= depth) {
      close();
      kept.push(line);
    }
  }
  close();
  return kept;
}

function indent(line: string): number {
  return line.length - line.trimStart().length;
}
