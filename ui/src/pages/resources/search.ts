/** What the addresses of the resources say. */
import type { Span } from "../../parts/spans";

export interface ResourcesSearch {
  /** Part of the id or the name. */
  q?: string;
  kind?: string[];
  /** What they are in. */
  system?: string;
}

export interface ResourceSearch {
  id: string;
  /** How far back; a week if it is not said. */
  span?: Span;
  /** Of the runs: those that failed only. */
  failed?: "yes";
  /** The event that is open. */
  open?: string;
}
