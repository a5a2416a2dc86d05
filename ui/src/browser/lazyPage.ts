import { lazyRouteComponent } from "@tanstack/react-router";
import { unreachable } from "../api/error";
import { answers } from "../api/meta";

/** A page that is fetched when it is first opened.
 *
 * The router loads the document anew when that fails, as a new version of the server has other files.
 * While no server answers there would be no document then, and nobody to see the server return. */
export function lazyPage<T extends Record<string, unknown>, K extends keyof T & string>(
  fetched: () => Promise<T>,
  name: K,
) {
  const page = async () => {
    try {
      return await fetched();
    } catch (problem) {
      throw (await answers()) ? problem : unreachable();
    }
  };
  return lazyRouteComponent(page, name);
}
