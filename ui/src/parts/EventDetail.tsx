import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useId } from "react";
import { writeJson } from "../api/exact";
import type { LoggedEvent } from "../api/types";
import { writeRange } from "../browser/range";
import { visible } from "../browser/visible";
import { chainQuery } from "./chains";
import styles from "./EventDetail.module.css";
import { faceOfEvent, nameOfResource } from "./events";
import { Facts } from "./Facts";
import { Icon } from "./Icon";
import { whole } from "./numbers";
import { ResourceLink, RunLink } from "./ResourceLink";
import { labelOf, runOf } from "./resources";
import { Time } from "./Time";
import { termText } from "./terms";

interface Told {
  event: LoggedEvent;
  /** What a run is called, where the page knows it. */
  nameOf?: (run: string) => string | undefined;
}

/** All that an event says: what about, who took part, its payload, what it follows and what followed. */
export function EventDetail({ event, nameOf = () => undefined }: Told) {
  return (
    <div className={styles.detail}>
      <div className={styles.said}>
        <Facts facts={factsOf(event, nameOf)} />
        <Related related={event.related ?? []} />
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys scroll it */}
      <pre className={styles.payload} role="group" aria-label="Payload" tabIndex={0}>
        {visible(writeJson(event.payload, 2))}
      </pre>
      <Follows event={event} />
    </div>
  );
}

function factsOf(
  { id, occurred, resource, run, root, ...event }: LoggedEvent,
  nameOf: Required<Told>["nameOf"],
) {
  const { emitter, position, run_name: own, root_name: top } = event;
  const about = runOf(resource.id);
  const told = new Map([
    [root, top],
    [run, own],
  ]);
  const named = (one: string) => told.get(one) ?? nameOf(one);
  const labels = Object.entries(resource.labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return [
    ["Occurred", <Time key="t" at={occurred} full />],
    [
      "About",
      <ResourceLink key="r" id={resource.id} name={resource.name ?? (about && named(about))} />,
    ],
    ["Id of that", resource.name && <code key="i">{visible(resource.id)}</code>],
    ["Labels", labels.join(" · ")],
    ["Run", run && <RunLink key="u" id={run} label={named(run)} />],
    ["Flow run", root && root !== run && <RunLink key="o" id={root} label={named(root)} />],
    [
      "Told by",
      emitter ? <code key="e">process {emitter}</code> : "a caller of the API, or the server",
    ],
    ["Event", <code key="d">{id}</code>],
    ["Place", `${whole(position)} in the log`],
    ["More", <More key="m" event={{ resource, ...event }} />],
  ] satisfies Parameters<typeof Facts>[0]["facts"];
}

function More({ event }: { event: Pick<LoggedEvent, "event" | "resource"> }) {
  return (
    <>
      <Link to="/events" search={{ q: termText({ field: "type", value: event.event }) }}>
        all of this name
      </Link>
      {" · "}
      <Link to="/events" search={{ q: termText({ field: "involves", value: event.resource.id }) }}>
        all with {labelOf(event.resource)}
      </Link>
    </>
  );
}

type Taking = NonNullable<LoggedEvent["related"]>;

function Related({ related }: { related: Taking }) {
  if (related.length === 0) return null;
  return (
    <Part title="Took part">
      <ul className={styles.related}>
        {related.map(({ role, ...resource }) => (
          <li key={`${role} ${resource.id}`}>
            <span className="muted">{role}</span> <ResourceLink {...resource} />
          </li>
        ))}
      </ul>
    </Part>
  );
}

/** The chain that the event is in, what came first on top. */
function Follows({ event }: { event: LoggedEvent }) {
  const { data: chain } = useQuery(chainQuery(event));
  if (chain === undefined || chain.led.length + chain.followed.length === 0) return null;
  return (
    <Part
      title={`What led to it, and what followed${chain.more ? " (and more)" : ""}`}
      className={styles.follows}
    >
      <ol className={styles.chain}>
        {[...chain.led, event, ...chain.followed].map((one) => (
          <li key={one.id} aria-current={one.id === event.id || undefined}>
            <Step event={one} here={one.id === event.id} />
          </li>
        ))}
      </ol>
    </Part>
  );
}

interface Titled {
  title: string;
  className?: string;
  children: ReactNode;
}

/** Titled by no heading: of what rank it were, only whatever shows the event could say. */
function Part({ title, className, children }: Titled) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={className}>
      <p id={id} className={styles.title}>
        {title}
      </p>
      {children}
    </section>
  );
}

const AROUND_MS = 5 * 60_000;

/** One event of a chain, leading to it among the events around it. */
function Step({ event, here }: { event: LoggedEvent; here: boolean }) {
  const { icon, tone } = faceOfEvent(event);
  const at = Date.parse(event.occurred);
  const search = {
    t: writeRange(new Date(at - AROUND_MS), new Date(at + AROUND_MS)),
    open: event.id,
  };
  return (
    <>
      <Time at={event.occurred} />{" "}
      <span data-tone={tone}>
        <Icon name={icon} />
      </span>{" "}
      {here ? (
        <strong>{visible(event.event)}</strong>
      ) : (
        <Link to="/events" search={search}>
          {visible(event.event)}
        </Link>
      )}{" "}
      <span className="muted">{labelOf({ ...event.resource, name: nameOfResource(event) })}</span>
    </>
  );
}
