import { useEffect, useEffectEvent, useSyncExternalStore } from "react";
import { type LiveFilter, type LiveStatus, live } from "./live";
import type { LoggedEvent } from "./types";

/** Follow the log while the component is on screen; batches come at most four times a second. */
export function useLive(filter: LiveFilter, onEvents: (events: LoggedEvent[]) => void): void {
  const hand = useEffectEvent(onEvents);
  const key = JSON.stringify(filter);
  useEffect(() => live.follow(JSON.parse(key) as LiveFilter, (events) => hand(events)), [key]);
}

/** Stay connected while the component is on screen, and so know when the server is lost. */
export function useConnected(): void {
  useEffect(live.hold, []);
}

export function useLiveStatus(): LiveStatus {
  return useSyncExternalStore(live.watch, () => live.status);
}
