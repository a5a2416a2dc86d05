import { parseRange } from "../../browser/range";
import { useZone } from "../../browser/zone";
import { Choice } from "../../parts/Choice";
import { Icon } from "../../parts/Icon";
import { SPANS } from "../../parts/spans";
import { moment } from "../../parts/times";
import styles from "./Filters.module.css";
import { spanOf } from "./queries";
import type { Change, RunsSearch } from "./search";

interface Filtered {
  search: RunsSearch;
  onChange: Change;
}

/** Which time, with or without subflows, and what else narrows the list, each to be taken away. */
export function Filters({ search, onChange }: Filtered) {
  const range = parseRange(search.t);
  const zone = useZone();
  const said = (at: string) => moment(new Date(at), zone);
  return (
    <div className={styles.filters}>
      <Choice
        label="How far back"
        choices={SPANS}
        value={spanOf(search)}
        onChoose={(span) => onChange({ span, t: undefined })}
      />
      <label>
        <input
          type="checkbox"
          checked={search.subflows === "yes"}
          onChange={({ target }) => onChange({ subflows: target.checked ? "yes" : undefined })}
        />
        Subflows
      </label>
      <Narrowed what="State" values={search.named} onClear={() => onChange({ named: undefined })} />
      <Narrowed
        what="State"
        values={search.underWay && ["under way"]}
        onClear={() => onChange({ underWay: undefined })}
      />
      <Narrowed what="Flow" values={search.flow} onClear={() => onChange({ flow: undefined })} />
      <Narrowed what="Tag" values={search.tag} onClear={() => onChange({ tag: undefined })} />
      <Narrowed
        what="Time"
        values={range && [`${said(range.from)} – ${said(range.to)}`]}
        onClear={() => onChange({ t: undefined })}
      />
    </div>
  );
}

interface Narrowing {
  what: string;
  values: string[] | undefined;
  onClear: () => void;
}

function Narrowed({ what, values, onClear }: Narrowing) {
  if (values === undefined) return null;
  return (
    <button type="button" className={styles.narrowed} onClick={onClear}>
      <span className="muted">{what}</span> {values.join(", ")}
      <Icon name="cross" size={10} />
      <span className="spoken">Show all again</span>
    </button>
  );
}
