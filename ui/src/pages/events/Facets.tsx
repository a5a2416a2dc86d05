import type { Schemas } from "../../api/types";
import { visible } from "../../browser/visible";
import { shortCount } from "../../parts/axes";
import { isOurs, OURS } from "../../parts/events";
import { Middle } from "../../parts/Middle";
import { ExternalMark } from "../../parts/ResourceLink";
import { isExternal, labelOf } from "../../parts/resources";
import { type Field, hasTerm, toggledTerm } from "../../parts/terms";
import styles from "./Facets.module.css";

type Counted = Schemas["Facets"];

interface Faceted {
  facets: Counted;
  q: string | undefined;
  onAsk: (q: string | undefined) => void;
}

const SHOWN = 8;

const GROUPS = [
  ["Source", "source", "sources"],
  ["Type", "type", "types"],
  ["Kind", "kind", "kinds"],
  ["System", "involves", "systems"],
  ["Role", "role", "roles"],
] as const satisfies [string, Field, keyof Counted][];

/** What the events could be filtered by, and how many there are; each is a term of the query. */
export function Facets({ facets, q = "", onAsk }: Faceted) {
  return (
    <details className={styles.facets} open={matchMedia("(width > 800px)").matches}>
      <summary>Filter by</summary>
      {facets.partial && <p className="muted">Of the newest {shortCount(facets.events)}.</p>}
      {GROUPS.map(([title, field, group]) => (
        <Group key={field} title={title} counts={facets[group]} field={field} q={q} onAsk={onAsk} />
      ))}
    </details>
  );
}

interface Grouped {
  title: string;
  counts: Counted["types"];
  field: Field;
  q: string;
  onAsk: (q: string | undefined) => void;
}

function Group({ title, counts, field, q, onAsk }: Grouped) {
  if (counts.length === 0) return null;
  return (
    <fieldset className={styles.group}>
      <legend>{title}</legend>
      {counts.slice(0, SHOWN).map(({ key, events }) => (
        <label key={key} title={visible(key)}>
          <input
            type="checkbox"
            checked={hasTerm(q, { field, value: key })}
            onChange={() => onAsk(toggledTerm(q, { field, value: key }))}
          />
          {field === "involves" && isExternal(key) && <ExternalMark />}
          <Middle text={shownOf(field, key)} />
          <span className="muted">{shortCount(events)}</span>
        </label>
      ))}
    </fieldset>
  );
}

/** A system by its name; of the product's own event names what tells them apart. */
function shownOf(field: Field, key: string): string {
  if (field === "involves") return labelOf({ id: key });
  return visible(field === "type" && isOurs(key) ? key.slice(OURS.length) : key);
}
