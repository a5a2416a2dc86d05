/** Say in one line of a list what went wrong. */

import { visible } from "../browser/visible";

/** The class of a driver's exception, which SQLAlchemy writes behind its own of the same name. */
const DRIVER = /^((?:\w+\.)*\w+: )\((?:[a-z_]\w*\.)+[A-Z]\w*\) /;

/** `OperationalError: (psycopg.OperationalError) no route` as `OperationalError: no route`. */
export function inLine(error: string): string {
  return visible(error.replace(DRIVER, "$1"));
}
