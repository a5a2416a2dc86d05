import type { FailureGroup } from "../../api/types";
import { Card } from "../../parts/Card";
import { Go } from "../../parts/Go";
import { Icon } from "../../parts/Icon";
import { counted } from "../../parts/numbers";
import { flowPath, runPath } from "../../parts/places";
import { ResourceLink } from "../../parts/ResourceLink";
import { Ago } from "../../parts/Time";
import { useStill } from "../../parts/useStill";
import { STOP } from "../../parts/useStops";
import { Cause } from "./Cause";
import styles from "./Failing.module.css";
import { SPOKEN, type Span } from "./spans";
import { sorted } from "./verdict";

interface Failures {
  groups: FailureGroup[];
  partial: boolean;
  span: Span;
}

/** What fails now, each with why; beneath it, in a line each, what is well again. */
export function Failing({ groups, partial, span }: Failures) {
  const { shown, behind, hold } = useStill(groups);
  const [now, past] = sorted(shown);
  if (shown.length === 0) return null;
  return (
    <div className={now.length > 0 ? styles.failing : undefined} {...hold}>
      <Card
        title={now.length > 0 ? "Failing now" : "Failed, and well again"}
        actions={<Note behind={behind} partial={partial} span={span} />}
      >
        {now.map((group) => (
          <Failure key={keyOf(group)} group={group} />
        ))}
        {now.length > 0 && past.length > 0 && <h3 className={styles.past}>Well again</h3>}
        {past.map((group) => (
          <Recovered key={keyOf(group)} group={group} />
        ))}
      </Card>
    </div>
  );
}

function Note({ behind, partial, span }: { behind: boolean; partial: boolean; span: Span }) {
  if (behind) return <span className="muted">Something is new: move away to see it.</span>;
  return (
    <span className="muted">
      {partial ? "The newest 100 failures" : "Failures"} of the last {SPOKEN[span]}
    </span>
  );
}

function Failure({ group }: { group: FailureGroup }) {
  return (
    <article className={styles.group}>
      <header>
        <h3>
          <Title group={group} />
        </h3>
        <Extent group={group} />
      </header>
      <Cause group={group} />
      <Where group={group} />
    </article>
  );
}

function Recovered({ group }: { group: FailureGroup }) {
  const [newest] = group.newest;
  return (
    <div className={styles.recovered}>
      <span data-tone="ok" title="All of its flows have completed since">
        <Icon name="check" /> <span className="spoken">Well again:</span>
      </span>
      <span className={styles.what}>
        <Title group={group} />
        {group.cause && (
          <span className="muted">
            {group.began?.led_by && ` · ${group.began.led_by.event}`} · {group.flows.join(", ")}
          </span>
        )}
      </span>
      {newest && (
        <Go to={runPath(newest.id, { sel: selected(group) })} title={newest.name} {...STOP}>
          {newest.name}
        </Go>
      )}
      <Extent group={group} />
    </div>
  );
}

function Title({ group }: { group: FailureGroup }) {
  const [flow] = group.flows;
  if (group.cause !== null) {
    return (
      <>
        <ResourceLink id={group.cause} />
        {group.error && <span data-tone="bad"> {group.error}</span>}
        {group.strength === "likely" && <span className="muted"> probably</span>}
      </>
    );
  }
  return (
    <>
      <span data-tone="bad">{group.error}</span>
      {flow && (
        <>
          {" in "}
          <Go to={flowPath(flow)}>{flow}</Go>
        </>
      )}
      {group.unsought && (
        <span className="muted" title="Too many flows fail: its run says why it failed">
          {" "}
          cause not looked for
        </span>
      )}
    </>
  );
}

function Extent({ group: { runs, newest } }: { group: FailureGroup }) {
  const last = newest[0]?.ended ?? newest[0]?.expected;
  return (
    <span className={styles.extent}>
      {counted(runs, "run")} · {last && <Ago at={last} />}
    </span>
  );
}

/** The flows that it hit, and its runs. */
function Where({ group }: { group: FailureGroup }) {
  const { flows, recovered, newest, runs } = group;
  return (
    <p className={styles.where}>
      {group.cause !== null &&
        flows.map((flow) => (
          <span key={flow}>
            <Go to={flowPath(flow)}>{flow}</Go>
            {recovered.includes(flow) && (
              <span data-tone="ok">
                {" "}
                <Icon name="check" size={10} /> well again
              </span>
            )}
          </span>
        ))}
      {newest.slice(1).map(({ id, name }) => (
        <Go key={id} to={runPath(id)} title={name} className={styles.run}>
          {name}
        </Go>
      ))}
      {runs > newest.length && <span className="muted">and {runs - newest.length} more</span>}
    </p>
  );
}

function selected({ began, newest }: FailureGroup): string | undefined {
  return began === null || began.id === newest[0]?.id ? undefined : began.id;
}

function keyOf({ cause, event, error, flows }: FailureGroup): string {
  return JSON.stringify([cause, event, error, cause === null && flows]);
}
