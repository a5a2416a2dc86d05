import type { FailedRun, Why as Reasons, RunSummary, Suspect } from "../../api/types";
import { visible } from "../../browser/visible";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";
import { ResourceLink } from "../../parts/ResourceLink";
import { faceOf } from "../../parts/states";
import { Time } from "../../parts/Time";
import { duration, isCutShort } from "../../parts/times";
import {
  besideOf,
  causeOf,
  chainOf,
  evidenceOf,
  historyOf,
  isCertain,
  isInterrupted,
  type Link,
  messagesOf,
  nothingOf,
  standingOf,
  toEvent,
  unknownOf,
  watchedOf,
  wordOfStrength,
} from "./reasons";
import type { Change } from "./search";
import { Verdict } from "./Verdict";
import styles from "./Why.module.css";

interface Shown {
  why: Reasons;
  onChange: Change;
}

/** Less than this before the failure, in seconds, is the same moment. */
const SHORT = 0.001;

/** Why it failed. One element until that is known and after: who has the focus in it keeps that. */
export function Why({
  why,
  summary,
  onChange,
}: {
  why: Reasons | undefined;
  summary: RunSummary;
  onChange: Change;
}) {
  const cause = why && causeOf(why);
  return (
    <section className={styles.why} aria-busy={why === undefined} aria-labelledby="why">
      <div>
        <h2 id="why" tabIndex={-1}>
          Why it failed
        </h2>
        {why ? (
          <Story why={why} cause={cause} summary={summary} onChange={onChange} />
        ) : (
          <p className="muted" role="status">
            Looking for what led to it …
          </p>
        )}
      </div>
      {why && (
        <div>
          <h2>Evidence</h2>
          {cause ? (
            <Evidence why={why} cause={cause} onChange={onChange} />
          ) : (
            <p>{nothingOf(why)}</p>
          )}
          <Unseen why={why} />
          {!cause && <p className="muted">{watchedOf(why)}</p>}
          <Others why={why} cause={cause} onChange={onChange} />
        </div>
      )}
    </section>
  );
}

interface Explained extends Shown {
  cause: Suspect | undefined;
  summary: RunSummary;
}

/** One sentence, and how one led to the other. */
function Story({ why, cause, summary, onChange }: Explained) {
  const { running, failed, more } = besideOf(why, [summary.tasks, summary.flows]);
  return (
    <>
      <p className={styles.sentence}>
        {cause ? <Sentence why={why} cause={cause} /> : <Plain why={why} />}
      </p>
      {messagesOf(why).map((message) => (
        <p key={message} className={`mono ${styles.message}`}>
          {visible(message)}
        </p>
      ))}
      <Chain links={chainOf(why)} onChange={onChange} />
      <Below said="Was running then:" runs={running} more={more.running} onChange={onChange} />
      <Below said="Failed below as well:" runs={failed} more={more.failed} onChange={onChange} />
    </>
  );
}

function Sentence({ why, cause }: { why: Reasons; cause: Suspect }) {
  return (
    <>
      <What why={why} />
      {isCertain(cause) ? " because of " : ", probably because of "}
      <b data-tone="external">{cause.event.event}</b> of{" "}
      <ResourceLink id={cause.event.resource.id} name={cause.event.resource.name} />
      {cause.before >= SHORT && `, ${duration(cause.before)} before`}.
    </>
  );
}

/** The run in which it began, what became of that, and with which exception. */
function What({ why: { run, origin, error: own, message } }: { why: Reasons }) {
  const error = origin?.error ?? own;
  return (
    <>
      <b>{visible(origin?.name ?? run.name)}</b>{" "}
      {isInterrupted(message) ? (
        "was interrupted from the keyboard"
      ) : (
        <>
          {(origin?.state ?? run.state.type).toLowerCase()}
          {error && (
            <>
              {" with "}
              <b data-tone="bad">{error}</b>
            </>
          )}
        </>
      )}
    </>
  );
}

function Plain({ why }: { why: Reasons }) {
  return (
    <>
      <What why={why} />; {unknownOf(why)}.
    </>
  );
}

function Chain({ links, onChange }: { links: Link[]; onChange: Change }) {
  return (
    <ol className={styles.chain}>
      {links.map((link) => (
        <li key={link.key}>
          <button
            type="button"
            onClick={() => onChange(link.selection)}
            title={link.title && visible(link.title)}
          >
            {link.state ? (
              <span data-tone={faceOf({ type: link.state }).tone}>
                <Icon name={faceOf({ type: link.state }).icon} size={10} />
              </span>
            ) : (
              <span data-tone="external">
                <Icon name="diamond" size={10} />
              </span>
            )}{" "}
            <Time at={link.at} short /> {visible(link.text)}
          </button>
        </li>
      ))}
    </ol>
  );
}

function Evidence({ why, cause, onChange }: Shown & { cause: Suspect }) {
  const { strength, before } = cause;
  const history = historyOf(cause);
  return (
    <>
      <p>
        <b>{wordOfStrength(strength).word}</b> · {wordOfStrength(strength).why}
        {before >= SHORT && ` · ${duration(before)} before`}
      </p>
      {evidenceOf(cause).length > 0 && <p className="muted">{evidenceOf(cause).join(" · ")}</p>}
      {history !== null && <p>{history}</p>}
      <p className={styles.suspect}>
        <button
          type="button"
          className={styles.jump}
          title={visible(cause.event.event)}
          onClick={() => onChange(toEvent(cause.event, why.run))}
        >
          Jump to the event <kbd>e</kbd>
        </button>
        <Verdict run={why.run} suspect={cause} />
      </p>
    </>
  );
}

/** What was not looked at, where that was not all. */
function Unseen({ why }: { why: Reasons }) {
  if (!why.partial) return null;
  return (
    <p>
      {isCutShort(why) ? (
        <>
          There were more events than are looked at: only those since{" "}
          <Time at={why.reached} short /> were.
        </>
      ) : (
        "It touched more, or more was told of that, than is looked at: a cause may be in the rest."
      )}
    </p>
  );
}

const FEW = 3;

interface Told {
  said: string;
  runs: FailedRun[];
  /** How many there are beside these. */
  more: number;
  onChange: Change;
}

function Below({ said, runs, more, onChange }: Told) {
  if (runs.length === 0) return null;
  const unnamed = Math.max(0, runs.length - FEW) + more;
  return (
    <p className="muted">
      {said}{" "}
      {runs.slice(0, FEW).map(({ id, name, message }) => (
        <button
          key={id}
          type="button"
          title={visible(message ?? "")}
          onClick={() => onChange({ sel: id, event: undefined, at: undefined })}
        >
          {visible(name)}
        </button>
      ))}
      {unnamed > 0 && ` and ${whole(unnamed)} more`}
    </p>
  );
}

/** What else happened before, to what it touched. */
function Others({ why, cause, onChange }: Shown & { cause: Suspect | undefined }) {
  const others = why.suspects.filter((suspect) => suspect !== cause).slice(0, FEW);
  if (others.length === 0) return null;
  return (
    <ul className={styles.others}>
      {others.map((suspect) => (
        <li key={suspect.event.id}>
          <button
            type="button"
            onClick={() => onChange(toEvent(suspect.event, why.run))}
            title={visible(`${suspect.event.event} of ${suspect.event.resource.id}`)}
          >
            <span data-tone="external">
              <Icon name="diamond" size={9} />
            </span>{" "}
            {visible(suspect.event.event)} · {standingOf(suspect)}
            {suspect.before >= SHORT && `, ${duration(suspect.before)} before`}
          </button>{" "}
          <Verdict run={why.run} suspect={suspect} />
        </li>
      ))}
    </ul>
  );
}
