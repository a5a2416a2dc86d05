/** Whose clock the pages show: that of this browser, or UTC. */
import { type Preference, usePreference } from "./preference";

export type Zone = "local" | "UTC";

export const ZONE: Preference<Zone> = { name: "zone", choices: ["local", "UTC"] };

export function useZone(): Zone {
  return usePreference(ZONE)[0];
}
