import { visible } from "../../browser/visible";
import { Card } from "../../parts/Card";
import { Icon } from "../../parts/Icon";
import { Time } from "../../parts/Time";
import { Containers } from "./Containers";
import { at } from "./data/columns";
import { type Lane, lastingOf } from "./data/happenings";
import { isInfrastructure, nameOfLane, podOf } from "./data/infrastructure";
import styles from "./Infrastructure.module.css";
import type { Change, RunSearch } from "./search";
import type { RunScene } from "./useScene";
import { ViewChoice } from "./ViewChoice";

interface Shown {
  scene: RunScene;
  search: RunSearch;
  onChange: Change;
}

/** The story of what the run ran on: of each process and pod what happened, from first to last. */
export function Infrastructure({ scene, search, onChange }: Shown) {
  const { events, lanes: all } = scene.happenings;
  // What happened to pods of other runs may be a cause, but this run was not on them.
  const lanes = all.filter(
    (lane) =>
      isInfrastructure(lane.system) &&
      (podOf(lane.system) === null || lane.events.some((index) => at(events, index).run >= 0)),
  );
  return (
    <section className={styles.infrastructure} aria-label="Infrastructure">
      <header>
        <ViewChoice scene={scene} search={search} onChange={onChange} />
      </header>
      {lanes.map((lane) => (
        <Story key={lane.system} lane={lane} scene={scene} search={search} onChange={onChange} />
      ))}
    </section>
  );
}

function Story({ lane, scene, search, onChange }: Shown & { lane: Lane }) {
  const { events, bad } = scene.happenings;
  const last = lane.events.at(-1) ?? -1;
  return (
    <Card title={<span title={visible(lane.system)}>{visible(nameOfLane(lane.system))}</span>}>
      <ol className={styles.story}>
        {[...lane.events].map((index) => {
          const event = at(events, index);
          return (
            <li key={event.position} data-tone={at(bad, index) ? "bad" : undefined}>
              <Time at={new Date(event.occurred / 1000).toISOString()} short />
              <Icon name="diamond" size={10} />
              <button
                type="button"
                aria-pressed={index === scene.event}
                onClick={() => onChange({ event: String(event.position), sel: undefined })}
              >
                {event.name}
              </button>
              <span className="muted">{lastingOf(event)}</span>
            </li>
          );
        })}
      </ol>
      {podOf(lane.system) !== null && (
        <Containers
          pod={lane.system}
          last={last < 0 ? 0 : at(events, last).position}
          search={search}
          onChange={onChange}
        />
      )}
    </Card>
  );
}
