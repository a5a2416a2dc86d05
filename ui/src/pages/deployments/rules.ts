/** The rules of schedules: in words, and as someone types them. */
import type { Schemas } from "../../api/types";
import { duration } from "../../parts/times";

export type Rule = Schemas["Schedule"]["rule"];
export type Kind = Rule["kind"];

export const KINDS = ["cron", "interval", "rrule"] as const satisfies Kind[];

/** `cron 0 2 * * *`, `every 1h 30m` */
export function ruleText(rule: Rule): string {
  if (rule.kind === "cron") return `cron ${rule.cron}`;
  if (rule.kind === "rrule") return `rrule ${rule.rrule}`;
  return `every ${duration(rule.seconds)}`;
}

/** What stands in the field of a rule. */
export function typedRule(rule: Rule): string {
  if (rule.kind === "cron") return rule.cron;
  return rule.kind === "rrule" ? rule.rrule : `${rule.seconds}`;
}

const UNITS: Record<string, number> = { "": 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** The rule that a text comes to; null where it is none yet. What else is wrong the server says. */
export function readRule(kind: Kind, text: string, before?: Rule): Rule | null {
  const typed = text.trim();
  if (typed === "") return null;
  if (kind === "cron") return { ...(before?.kind === kind ? before : DAYS), kind, cron: typed };
  if (kind === "rrule") return { kind, rrule: typed };
  const seconds = secondsOf(typed);
  const anchor = before?.kind === kind ? before.anchor : null;
  return seconds === null ? null : { kind, seconds, anchor };
}

/** As cron has it where both kinds of days are restricted: one is enough. */
const DAYS = { day_or: true };

/** `90`, `15m`, `1h 30m` in seconds; null for anything else. */
function secondsOf(text: string): number | null {
  if (!/^(\d+(\.\d+)?\s*[smhdw]?\s*)+$/i.test(text)) return null;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*([smhdw]?)/gi)];
  return parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (UNITS[unit.toLowerCase()] ?? 1),
    0,
  );
}
