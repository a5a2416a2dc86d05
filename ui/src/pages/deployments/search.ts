/** What the address of the deployments says. */

export interface DeploymentsSearch {
  /** Part of the name, or of its flow's. */
  q?: string;
  flow?: string[];
  /** Names of work pools. */
  pool?: string[];
  tag?: string[];
  paused?: "yes" | "no";
}

export interface RunSearch {
  /** The id of a run whose parameters are filled in at first. */
  like?: string;
}
