import { expect, test } from "vitest";
import { folded } from "./folding";

const TRACEBACK = `Traceback (most recent call last):
  File "/app/flows/etl.py", line 12, in load
    insert(rows)
  File "/venv/lib/python3.12/site-packages/sqlalchemy/engine.py", line 1, in execute
    return self._execute(
           ~~~~~~~~~~~~~^
  File "/venv/lib/python3.12/site-packages/psycopg/cursor.py", line 2, in execute
    raise ex
OperationalError: no`;

test("frames of libraries are one line, and those of the flow stay", () => {
  expect(folded(TRACEBACK)).toEqual([
    "Traceback (most recent call last):",
    '  File "/app/flows/etl.py", line 12, in load',
    "    insert(rows)",
    "  … 2 frames of libraries",
    "OperationalError: no",
  ]);
});

test("a line that is too long, and a message that has too many, say how much more there is", () => {
  expect(folded("x".repeat(5_000))[0]?.slice(1_990)).toBe("xxxxxxxxxx … 3,000 more characters");
  expect(folded("row\n".repeat(1_000)).at(-1)).toBe("… 941 more lines");
});
