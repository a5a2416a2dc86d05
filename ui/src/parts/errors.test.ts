import { expect, test } from "vitest";
import { inLine } from "./errors";

test.each([
  ["OperationalError: (psycopg.OperationalError) no route", "OperationalError: no route"],
  ["sqlalchemy.exc.DataError: (sqlite3.DataError) x", "sqlalchemy.exc.DataError: x"],
  ["ValueError: (1.5) is little", "ValueError: (1.5) is little"],
  ["ValueError: see (a.b) there", "ValueError: see (a.b) there"],
  ["KeyError: 'a'", "KeyError: 'a'"],
])("leaves out of a line the class of the driver: %s", (error, shown) => {
  expect(inLine(error)).toBe(shown);
});
