import { isNumber, writeJson } from "../../../api/exact";
import type { LoggedEvent } from "../../../api/types";
import { asRecord, callOf } from "../../../parts/events";
import { Facts } from "../../../parts/Facts";
import { whole } from "../../../parts/numbers";
import { ResourceLink } from "../../../parts/ResourceLink";
import { Time } from "../../../parts/Time";
import { duration } from "../../../parts/times";
import styles from "./Selection.module.css";

/** What a call was: its method, how long it took, what it moved, and by which block and credential. */
export function CallFacts({ event }: { event: LoggedEvent }) {
  const call = callOf(event.event);
  if (call === null) return null;
  const said = asRecord(event.payload);
  const credential = asRecord(said.credential);
  return (
    <div className={styles.call}>
      <Facts
        facts={[
          ["Method", <code key="m">{`${call.type}.${call.method}`}</code>],
          ["Began", timeOf(said.started)],
          ["Took", tookOf(call.outcome, said.seconds)],
          ["Of that itself", secondsOf(said.busy)],
          ["Calls", countOf(said.calls)],
          ["Failed", countOf(said.failures)],
          ["Mean, p95, max", rangeOf(said)],
          ["Items", countOf(said.items)],
          ["Bytes", countOf(said.bytes)],
          ["Rows", countOf(said.rows)],
          ["Error", said.error ? <span key="e">{String(said.error)}</span> : null],
          ["Left by", textOf(said.left_by)],
          ["Arguments", <Shapes key="a" of={said.arguments} />],
          ["Block", <Taking key="b" event={event} as="block" />],
          ["Through it", <Taking key="u" event={event} as="uses" />],
          [
            "Credential",
            credential.version ? <code key="c">{String(credential.version)}</code> : null,
          ],
          ["It expires", timeOf(credential.expires)],
        ]}
      />
    </div>
  );
}

function tookOf(outcome: string, seconds: unknown): string | null {
  return outcome === "lost" ? "did not return" : secondsOf(seconds);
}

function rangeOf({ mean, p95, max }: Record<string, unknown>): string | null {
  const all = [mean, p95, max].map(secondsOf);
  return all.includes(null) ? null : all.join(", ");
}

function secondsOf(value: unknown): string | null {
  return isNumber(value) ? duration(Number(value)) : null;
}

function countOf(value: unknown): string | null {
  return isNumber(value) ? whole(Number(value)) : null;
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function timeOf(value: unknown) {
  const isTime = typeof value === "string" && !Number.isNaN(Date.parse(value));
  return isTime ? <Time at={value} /> : null;
}

/** Types and lengths, by name: values are never told. */
function Shapes({ of }: { of: unknown }) {
  const shapes = Object.entries(asRecord(of));
  if (shapes.length === 0) return <span className="muted">none</span>;
  return shapes.map(([name, shape]) => (
    <div key={name}>
      <code>{name}</code>{" "}
      <span className="muted">{typeof shape === "string" ? shape : writeJson(shape)}</span>
    </div>
  ));
}

/** The blocks that took part, as the one that was called or through which it went. */
function Taking({ event, as: role }: { event: LoggedEvent; as: "block" | "uses" }) {
  const blocks = (event.related ?? []).filter((one) => one.role === role);
  if (blocks.length === 0)
    return <span className="muted">{role === "block" ? "not saved" : "none"}</span>;
  return blocks.map(({ id, name }) => (
    <div key={id}>
      <ResourceLink id={id} name={name} />
    </div>
  ));
}
