import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../../api/types";
import { visible } from "../../browser/visible";
import { useZone } from "../../browser/zone";
import { Answer } from "../../parts/Answer";
import type { TimeRange } from "../../parts/bins";
import { Card } from "../../parts/Card";
import { Choice } from "../../parts/Choice";
import { counted, whole } from "../../parts/numbers";
import { ExternalMark } from "../../parts/ResourceLink";
import { isExternal, labelOf } from "../../parts/resources";
import { type Field, hasTerm, toggledTerm } from "../../parts/terms";
import { moment } from "../../parts/times";
import styles from "./Comparison.module.css";
import { liftText, sharesText } from "./lift";
import { comparisonQuery } from "./queries";
import { BASES, type Base, baseOf, type EventsSearch } from "./search";

type Compared = Schemas["Compared"];

interface Comparing {
  q: string | undefined;
  range: TimeRange;
  base: Base;
  onSearch: (change: Partial<EventsSearch>) => void;
}

const SHOWN = 8;

/** What is more and what is less frequent in a time than in another. */
export function Comparison({ q, range, base, onSearch }: Comparing) {
  const zone = useZone();
  const other = baseOf(range, base);
  const query = useQuery(comparisonQuery(q, range, other));
  const ask = (asked: string | undefined) => onSearch({ q: asked });
  return (
    <Card
      title={`What is different from ${moment(other.from, zone)}`}
      actions={
        <Choice
          label="Compare with"
          choices={BASES}
          value={base}
          onChoose={(compare) => onSearch({ compare })}
        />
      }
    >
      <Answer query={query}>
        {({ types, resources, events, base_events, partial }) => (
          <>
            <p className="muted">
              {counted(events, "event")} against {whole(base_events)}
              {partial && ", the newest of each"}. {saidOf(base_events)}
            </p>
            <div className={styles.sides}>
              {SIDES.map(({ title, field, isOne }) => {
                const rows = (field === "type" ? types : resources).filter(isOne);
                return (
                  <Side key={title} title={title} rows={rows} field={field} q={q} onAsk={ask} />
                );
              })}
            </div>
          </>
        )}
      </Answer>
    </Card>
  );
}

function saidOf(known: number): string {
  return known === 0
    ? "There is nothing to compare with: all is new, by its share."
    : "Shares are compared, so that more of everything is no difference.";
}

function isMore({ change }: Compared): boolean {
  return change === "new" || change === "more";
}

function isLess({ change }: Compared): boolean {
  return change === "gone" || change === "less";
}

const SIDES = [
  { title: "More frequent", field: "type", isOne: isMore },
  { title: "More involved", field: "involves", isOne: isMore },
  { title: "Less frequent", field: "type", isOne: isLess },
  { title: "Less involved", field: "involves", isOne: isLess },
] as const;

interface Sided {
  title: string;
  rows: Compared[];
  field: Field;
  q: string | undefined;
  onAsk: (q: string | undefined) => void;
}

function Side({ title, rows, field, q = "", onAsk }: Sided) {
  if (rows.length === 0) return null;
  return (
    <table className={styles.side}>
      <caption>{title}</caption>
      <tbody>
        {rows.slice(0, SHOWN).map((row) => {
          const term = { field, value: row.key };
          return (
            <tr key={row.key}>
              <td>
                <button
                  type="button"
                  title={visible(row.key)}
                  aria-pressed={hasTerm(q, term)}
                  onClick={() => onAsk(toggledTerm(q, term))}
                >
                  {field === "involves" && isExternal(row.key) && <ExternalMark />}
                  {field === "involves" ? labelOf({ id: row.key }) : visible(row.key)}
                </button>
              </td>
              <td className="muted">{sharesText(row)}</td>
              <td>
                <strong>{liftText(row)}</strong>
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
