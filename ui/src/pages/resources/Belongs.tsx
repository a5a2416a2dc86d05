import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/types";
import { visible } from "../../browser/visible";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { whole } from "../../parts/numbers";
import { ResourceLink } from "../../parts/ResourceLink";
import { isExternal } from "../../parts/resources";
import { StateBadge } from "../../parts/StateBadge";
import { STATE_TYPES, wordOf } from "../../parts/states";
import { Time } from "../../parts/Time";
import styles from "./Belongs.module.css";
import { insideQuery } from "./queries";

type Detail = Schemas["ResourceDetail"];

/** What it is: its id and labels, what it is in, what is in it, what became of its runs. */
export function Belongs({ resource }: { resource: Detail }) {
  const { id, system, labels, first, runs, partial } = resource;
  const counted = Object.values(runs).reduce((sum, count) => sum + count, 0);
  return (
    <Card title="What it is">
      <div className={styles.belongs}>
        <Facts
          facts={[
            ["Id", <code key="i">{visible(id)}</code>],
            ["Belongs to", id === system ? null : <ResourceLink key="s" id={system} />],
            ...Object.entries(labels).map(([key, value]): [string, string] => [key, value]),
            ["First seen", <Time key="f" at={first} />],
            [
              `Runs and task runs, ${partial ? `of the newest ${whole(counted)}` : "ever"}`,
              <States key="r" runs={runs} />,
            ],
          ]}
        />
        {id === system && isExternal(id) && <Inside system={id} />}
      </div>
    </Card>
  );
}

function States({ runs }: Pick<Detail, "runs">) {
  const found = STATE_TYPES.filter((type) => (runs[type] ?? 0) > 0);
  if (found.length === 0) return "none";
  return found.map((type) => (
    <span key={type} className={styles.state}>
      <StateBadge
        state={{ type, name: `${whole(runs[type] ?? 0)} ${wordOf(type).toLowerCase()}` }}
      />
    </span>
  ));
}

function Inside({ system }: { system: string }) {
  const { data: inside = [] } = useQuery(insideQuery(system));
  if (inside.length === 0) return null;
  return (
    <section>
      <h3>In it, the latest</h3>
      <ul className={styles.inside}>
        {inside.map(({ id, name }) => (
          <li key={id}>
            <ResourceLink id={id} name={name ?? id.slice(system.length + 1)} />
          </li>
        ))}
      </ul>
      <Link to="/resources" search={{ system }}>
        All that is in it
      </Link>
    </section>
  );
}
