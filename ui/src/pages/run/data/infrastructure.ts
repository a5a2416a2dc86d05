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

/** One life of a container: from its start to its end, or to its restart. */
export interface Life {
  /** `pod/container/restart`, by which what it printed is known. */
  key: string;
  container: string;
  /** It runs before the others. */
  init: boolean;
  restart: number;
  /** It was started once more. */
  previous: boolean;
  /** How it ended, or `runs`. */
  end: string;
}

/** What events tell of a container. */
export interface Told {
  event: string;
  payload: Record<string, unknown>;
}

const STARTED = /\.pod\.started$/;

/** The containers of a pod, each of its lives, in the order in which they began. */
export function livesOf(pod: string, told: readonly Told[]): Life[] {
  const lives = new Map<string, Life>();
  for (const { event, payload } of told) {
    const { container, restart = 0, init } = payload;
    if (typeof container !== "string" || typeof restart !== "number") continue;
    const ends = "exit_code" in payload && "started" in payload;
    if (!STARTED.test(event) && !ends) continue;
    const key = `${pod}/${container}/${restart}`;
    const before = lives.get(key);
    const life = { key, container, init: init === true, restart, previous: false, end: "runs" };
    lives.set(key, { ...life, ...before, ...(ends && { end: endOf(payload) }) });
  }
  const all = [...lives.values()];
  for (const life of all) {
    life.previous = all.some(
      ({ container, restart }) => container === life.container && restart > life.restart,
    );
  }
  return all;
}

function endOf({ reason, exit_code: code }: Record<string, unknown>): string {
  if (reason === "Completed") return "completed";
  return [reason, `exit code ${code}`].filter(Boolean).join(", ");
}

/** `flow of orders-7xk2p`, `flow of orders-7xk2p, restart 1`. */
export function nameOfLife(key: string): string {
  const [pod, container, restart] = key.split("/");
  return `${container} of ${pod}${restart === "0" ? "" : `, restart ${restart}`}`;
}

/** The name of a pod; null of what is none. */
export function podOf(id: string): string | null {
  const [, kind, name] = OBJECT.exec(id) ?? [];
  return kind === "pod" ? (name ?? null) : null;
}
