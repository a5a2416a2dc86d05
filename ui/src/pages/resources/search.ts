/** What the addresses of the resources say. */
import type { HistorySearch } from "../../parts/resource/search";

export interface ResourcesSearch {
  /** Part of the id or the name. */
  q?: string;
  kind?: string[];
  /** What they are in. */
  system?: string;
}

export interface ResourceSearch extends HistorySearch {
  id: string;
}
