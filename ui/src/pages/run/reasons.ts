/** Say what is known of a failure, as strongly as it is known and no stronger. */
import type {
  FailedRun,
  LoggedEvent,
  Run,
  RunSummary,
  StateType,
  Suspect,
  Why,
} from "../../api/types";
import { visible } from "../../browser/visible";
import { asRecord } from "../../parts/events";
import { whole } from "../../parts/numbers";
import { labelOf, runOf } from "../../parts/resources";
import { isCutShort, micros } from "../../parts/times";
import type { RunSearch } from "./search";
import { writtenOf } from "./timeline/useView";
import { lastPart } from "./words";

const MARGIN = 0.03;

/** The probable cause; none where nothing outside of the code is known to have led to it. */
export function causeOf({ suspects, cause }: Why): Suspect | undefined {
  return suspects.find(({ event }) => event.id === cause);
}

export function isCertain({ strength }: Pick<Suspect, "strength">): boolean {
  return strength === "linked" || strength === "strong";
}

/** Whether a person ended it by Ctrl-C: `core/life.py` says so in this way. */
export function isInterrupted(message: string | null): boolean {
  return message?.startsWith("Interrupted from the keyboard") ?? false;
}

const STRENGTHS: Record<Suspect["strength"], { word: string; why: string }> = {
  linked: { word: "Linked", why: "the failure follows it" },
  strong: { word: "Strong", why: "it happened to what the run was on" },
  likely: { word: "Likely", why: "it went wrong or was changed, close in time" },
  coincident: { word: "Coincident", why: "only time joins them" },
};

const EVIDENCE: Record<Suspect["evidence"][number], string> = {
  link: "the failure follows it",
  open: "a call that had not returned",
  overdue: "a call that took most of its time",
  "cut-off": "a call that was cut off as the time was up",
  answered: "the last call that failed, and the error says its status",
  infrastructure: "about what the run was on",
  resource: "about a resource that the run used",
  system: "about a system that the run used",
  named: "the error names it",
  telling: "something went wrong or changed",
  recurring: "seen before failures more often than before successes",
};

/** What speaks for a suspect, beside what its strength already says; of a fact there is little. */
export function evidenceOf({ evidence, strength }: Pick<Suspect, "evidence" | "strength">) {
  const said =
    strength === "linked"
      ? evidence.filter((each) => each === "named")
      : evidence.filter((each) => each !== "recurring");
  return said.map((each) => EVIDENCE[each]);
}

export function wordOfStrength(strength: Suspect["strength"]): { word: string; why: string } {
  return STRENGTHS[strength];
}

/** How a suspect stands that is not the cause: `likely`, or that someone dismissed it. */
export function standingOf({ dismissed, strength }: Pick<Suspect, "dismissed" | "strength">) {
  return dismissed ? "not the cause" : wordOfStrength(strength).word.toLowerCase();
}

/** `Seen in 4 of the last 5 failures, in 0 of 38 successes`, where that speaks for the suspect. */
export function historyOf({
  evidence,
  history,
}: Pick<Suspect, "evidence" | "history">): string | null {
  const { failures, of_failures, successes, of_successes } = history;
  // Of what is linked from outside of all runs, the runs that it met are not known.
  if (failures === 0) return null;
  if (of_failures <= 1 && of_successes === 0) return "There are no earlier runs to compare with.";
  if (successes > 0 && !evidence.includes("recurring")) return null;
  const passed = `in ${successes} of ${of_successes} successes.`;
  if (of_failures === 1) return `The only failure lately; seen ${passed}`;
  const failed = `${failures} of the last ${of_failures} failures`;
  return `Seen in ${failed}, ${passed}`;
}

/** What the run said at its end, and what the one said where it began, if that is not said by it. */
export function messagesOf({ message, origin }: Pick<Why, "message" | "origin">): string[] {
  const began = origin?.message ?? "";
  return [message ?? "", message?.endsWith(began) ? "" : began].filter((said) => said !== "");
}

/** One step on the way to the failure. */
export interface Link {
  key: string;
  at: string;
  text: string;
  title: string;
  /** Of a run; without it the link is an event outside. */
  state: StateType | null;
  selection: Partial<RunSearch>;
}

/** What led to what, the first first: the event outside, the run that failed on it, this run. */
export function chainOf(why: Why): Link[] {
  const [last, ...causes] = why.chain.map((event) => linkOf(event, why));
  const before = causes.reverse();
  const cause = causeOf(why);
  if (cause && !why.chain.some(({ id }) => id === cause.event.id)) {
    before.unshift(linkOf(cause.event, why));
  }
  const inside = why.origin === null ? [] : [failedLink(why.origin, why)];
  const links = [...before, ...inside, ...(last ? [last] : [])];
  return [...new Map(links.map((link) => [link.key, link])).values()];
}

function failedLink({ id, name, state, ended, message }: FailedRun, { until }: Why): Link {
  return {
    key: id,
    at: ended ?? until,
    text: `${visible(name)} ${state.toLowerCase()}`,
    title: message ?? "",
    state,
    selection: { sel: id, event: undefined, at: undefined },
  };
}

/** Others below that did not end well, of which nothing says that they led to this failure. */
export interface Beside {
  /** They crashed with it, as what runs when a process is killed does. */
  running: FailedRun[];
  failed: FailedRun[];
  /** How many more there are than the answer has of each. */
  more: { running: number; failed: number };
}

type Counts = RunSummary["tasks"];

/** Of all below, `counts` says how many there are: the answer has the first of those that failed. */
export function besideOf({ run, below, origin, chain }: Why, counts: readonly Counts[]): Beside {
  const led = new Set(chain.map(({ resource }) => runOf(resource.id)));
  const others = below.filter(({ id }) => id !== origin?.id && !led.has(id));
  const areWithIt = run.state.type === "CRASHED";
  const isWithIt = ({ state }: FailedRun) => state === "CRASHED" && areWithIt;
  const untold = (type: FailedRun["state"]) => {
    const all = counts.reduce((sum, count) => sum + (count[type] ?? 0), 0);
    return Math.max(0, all - below.filter(({ state }) => state === type).length);
  };
  const [failed, crashed] = [untold("FAILED"), untold("CRASHED")];
  return {
    running: others.filter(isWithIt),
    failed: others.filter((one) => !isWithIt(one)),
    more: areWithIt ? { running: crashed, failed } : { running: 0, failed: failed + crashed },
  };
}

/** What the server says of a run whose process did not: `storage/referee/leases.py`. */
const OF_THE_GONE = ["exit", "silent_for"];

/** What is said where no cause is known: of a killed process, not even that it was the code. */
export function unknownOf({ run, origin, error }: Why): string {
  if ((origin?.state ?? run.state.type) !== "CRASHED" || (origin?.error ?? error)) {
    return "no cause outside of its code is known";
  }
  // The answer leaves out what is empty.
  const details = asRecord(run.state.details);
  const isGone = OF_THE_GONE.some((key) => key in details);
  return isGone ? "what ended its process is not known" : "nothing more of its cause is known";
}

/** What no event outside explains: which time was looked at, and what was near. */
export function nothingOf(why: Why): string {
  const minutes = Math.round((Date.parse(why.until) - Date.parse(why.since)) / 60_000);
  const before = `in the ${minutes} minutes before`;
  if (why.suspects.length > 0) return `Only time joins it to what else happened ${before}.`;
  if (why.touched === 0) return `The run touched no resource: nothing was looked for ${before}.`;
  const event = why.partial ? "no event that was looked at" : "no event";
  const none = `Apart from its own calls, ${event} tells of anything that went wrong or changed`;
  return `${none} ${before} with what it touched or ran on.`;
}

/** Kinds that are named of those whose events were there. */
const KINDS = 4;

/** `All that was told in that time, by any run or source: 12 events about s3, 1 about pod.` */
export function watchedOf(why: Pick<Why, "watched" | "since" | "reached">): string {
  const { watched } = why;
  const kinds = Object.entries(watched).sort(([, one], [, other]) => other - one);
  if (kinds.length === 0) return "No source told of anything in that time.";
  const named = kinds.slice(0, KINDS).map(([kind, count], at) => {
    const events = count === 1 ? "event" : "events";
    return at === 0 ? `${whole(count)} ${events} about ${kind}` : `${whole(count)} about ${kind}`;
  });
  const more = kinds.length - named.length;
  if (more > 0) named.push(`and of ${more} more ${more === 1 ? "kind" : "kinds"}`);
  const all = isCutShort(why) ? "Told since then" : "All that was told in that time";
  return `${all}, by any run or source: ${named.join(", ")}.`;
}

/** Select an event; where it was before the run, with the time from there on. */
export function toEvent(event: LoggedEvent, run: Run): Partial<RunSearch> {
  const time = micros(event.occurred);
  const end = micros(run.ended ?? run.expected);
  const margin = (end - time) * MARGIN;
  const isBefore = time < micros(run.expected);
  return {
    event: String(event.position),
    sel: undefined,
    at: undefined,
    t: isBefore ? writtenOf({ from: time - margin, to: end + margin }) : undefined,
  };
}

function linkOf(event: LoggedEvent, why: Why): Link {
  const { run: failed, names } = why;
  const run = runOf(event.resource.id) ?? undefined;
  const name = labelOf({ ...event.resource, name: event.resource.name ?? names[run ?? ""] });
  return {
    key: run ?? event.id,
    at: endOf(run, why) ?? event.occurred,
    text: run ? `${name} ${lastPart(event.event)}` : `${event.event} · ${name}`,
    title: event.resource.id,
    state: run === undefined ? null : stateOf(event),
    selection: run ? { sel: run, event: undefined, at: undefined } : toEvent(event, failed),
  };
}

/** When a run ended: of one that is gone, its last event tells only when that was seen. */
function endOf(id: string | undefined, { run, origin, below }: Why): string | null {
  const known = [run, ...(origin ? [origin] : []), ...below];
  return known.find((one) => one.id === id)?.ended ?? null;
}

function stateOf({ payload }: LoggedEvent): StateType {
  const told = payload as { type?: StateType } | undefined;
  return told?.type ?? "FAILED";
}
