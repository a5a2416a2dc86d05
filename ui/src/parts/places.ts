/** Where things have their pages. Whoever adds a page for a kind of thing says it here. */
import { writeAddress } from "../browser/address";

export function runPath(id: string): string {
  return `/runs/${id}`;
}

export function flowPath(name: string): string {
  return `/runs${writeAddress({ flow: name })}`;
}

export function variablePath(name: string): string {
  return `/variables${writeAddress({ q: name })}`;
}
