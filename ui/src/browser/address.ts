/** How the state of a page stands in its address: `?state=FAILED&state=CRASHED&q=etl`. */

/** What an address may say: each name once or several times. */
export type Address = Record<string, string | string[] | undefined>;

export function parseAddress(text: string): Address {
  const found: Address = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const before = found[name];
    found[name] = before === undefined ? value : [before, value].flat();
  }
  return found;
}

/** Nothing, the empty text and the empty list are left out: an address says what is chosen. */
export function writeAddress(search: Record<string, unknown>): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const one of [value].flat()) {
      if (one !== undefined && one !== null && one !== "") said.append(name, String(one));
    }
  }
  // Colons and slashes are allowed in a query, and make it readable.
  const text = said.toString().replaceAll("%3A", ":").replaceAll("%2F", "/");
  return text === "" ? "" : `?${text}`;
}

/** Have the address be one that can be read: `/flows/%E0` would have no page, not even that which says so. */
export function mendAddress(): void {
  const { pathname, search, hash } = location;
  if (isReadable(pathname)) return;
  history.replaceState(null, "", pathname.replaceAll("%", "%25") + search + hash);
}

function isReadable(path: string): boolean {
  try {
    // What comes of it is asked for: a call for nothing is left out of what is built.
    return decodeURIComponent(path) !== "";
  } catch {
    return false;
  }
}

// --- for `validateSearch`: anything may stand in an address, and what makes no sense is not there --

export function text(value: unknown): string | undefined {
  const first = Array.isArray(value) ? value[0] : value;
  return typeof first === "string" && first !== "" ? first : undefined;
}

export function texts(value: unknown): string[] | undefined {
  const given = [value].flat().filter((one) => typeof one === "string" && one !== "");
  return given.length > 0 ? (given as string[]) : undefined;
}

export function oneOf<T extends string>(choices: readonly T[], value: unknown): T | undefined {
  return choices.find((choice) => choice === text(value));
}

export function someOf<T extends string>(choices: readonly T[], value: unknown): T[] | undefined {
  const given = texts(value) ?? [];
  const known = choices.filter((choice) => given.includes(choice));
  return known.length > 0 ? known : undefined;
}
