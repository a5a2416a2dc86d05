/** What led to an event, and what followed it. */
import { queryOptions } from "@tanstack/react-query";
import { answered, api } from "../api/client";
import { ApiError } from "../api/error";
import type { LoggedEvent } from "../api/types";

export interface Chain {
  /** The event that all began with first. */
  led: LoggedEvent[];
  /** In the order in which they were told. */
  followed: LoggedEvent[];
  /** There is more in one of the two directions. */
  more: boolean;
}

/** Steps in each direction. */
const MOST = 12;

export function chainQuery(event: LoggedEvent) {
  return queryOptions({
    queryKey: ["chain", event.id],
    queryFn: async ({ signal }): Promise<Chain> => {
      const [led, followed] = await Promise.all([leading(event, signal), following(event, signal)]);
      const more = led[0]?.follows != null && led.length >= MOST;
      return { led, followed, more: more || followed.length >= MOST };
    },
  });
}

async function leading(event: LoggedEvent, signal: AbortSignal): Promise<LoggedEvent[]> {
  const found: LoggedEvent[] = [];
  let id = event.follows;
  while (id !== null && id !== undefined && found.length < MOST) {
    const before = await known(id, signal);
    if (before === null) break;
    found.unshift(before);
    id = before.follows;
  }
  return found;
}

/** An event that was pruned is not there any more. */
async function known(id: string, signal: AbortSignal): Promise<LoggedEvent | null> {
  try {
    return await answered(api.GET("/api/events/{id}", { params: { path: { id } }, signal }));
  } catch (problem) {
    if (problem instanceof ApiError && problem.code === "not-found") return null;
    throw problem;
  }
}

async function following(event: LoggedEvent, signal: AbortSignal): Promise<LoggedEvent[]> {
  const found: LoggedEvent[] = [];
  const open = [event];
  for (let at = open.shift(); at !== undefined && found.length < MOST; at = open.shift()) {
    const next = await followers(at.id, MOST - found.length, signal);
    found.push(...next);
    open.push(...next);
  }
  return found;
}

async function followers(
  follows: string,
  limit: number,
  signal: AbortSignal,
): Promise<LoggedEvent[]> {
  const query = { follows, limit, order: "oldest" as const };
  const { items } = await answered(api.GET("/api/events", { params: { query }, signal }));
  return items;
}
