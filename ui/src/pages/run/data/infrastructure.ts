/** What a run ran on, as far as it has a lane of its own: its process, its pods and jobs, their nodes. */

const PROCESS = /^peninsula\.process\./;
const OBJECT = /^kubernetes:\/\/[^/]+\/(?:[^/]+\/)?(pod|job|node)\/([^/]+)$/;

export function isInfrastructure(id: string): boolean {
  return PROCESS.test(id) || OBJECT.test(id);
}

/** The lane of what happened to a resource: that of its system, or its own. */
export function laneOf(resource: string, system: string): string {
  return isInfrastructure(resource) ? resource : system;
}

/** `pod orders-7xk2p`, `process`; of a system its address. */
export function nameOfLane(id: string): string {
  if (PROCESS.test(id)) return "process";
  const [, kind, name] = OBJECT.exec(id) ?? [];
  return kind === undefined ? id : `${kind} ${name}`;
}
