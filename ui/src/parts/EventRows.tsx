import { Link } from "@tanstack/react-router";
import type { LoggedEvent } from "../api/types";
import { visible } from "../browser/visible";
import { useZone } from "../browser/zone";
import { EventDetail } from "./EventDetail";
import styles from "./EventRows.module.css";
import { faceOfEvent, isOurs, nameOfResource, OURS, summary } from "./events";
import { Icon } from "./Icon";
import { ResourceLink, RunLink } from "./ResourceLink";
import { type Column, Rows } from "./Rows";
import { Day, Time } from "./Time";
import { dayOf } from "./times";

interface Listed {
  rows: readonly LoggedEvent[];
  /** The id of the one that is open, which stands in the address as `open`. */
  open: string | undefined;
  onEnd?: () => void;
}

/** Events, a line each; the one that is open says all there is. */
export function EventRows({ rows, open, onEnd }: Listed) {
  const isOneDay = useIsOneDay(rows);
  return (
    <Rows
      label="Events"
      rows={rows}
      columns={columnsOf(open, isOneDay)}
      keyOf={({ id }) => id}
      detail={(event) => (event.id === open ? <EventDetail event={event} /> : undefined)}
      onEnd={onEnd}
    />
  );
}

function useIsOneDay(rows: readonly LoggedEvent[]): boolean {
  const zone = useZone();
  const [newest, oldest] = [rows[0], rows.at(-1)].map((row) => row && new Date(row.occurred));
  return !newest || !oldest || dayOf(newest, zone) === dayOf(oldest, zone);
}

function columnsOf(open: string | undefined, isOneDay: boolean): Column<LoggedEvent>[] {
  return [
    { title: "Day", width: "48px", wide: isOneDay, cell: ({ occurred }) => <Day at={occurred} /> },
    { title: "Time", width: "58px", cell: ({ occurred }) => <Time at={occurred} short /> },
    {
      title: "Event",
      width: "minmax(120px, 5fr)",
      cell: (event) => <Name event={event} open={event.id === open} />,
    },
    {
      title: "Resource",
      width: "minmax(90px, 6fr)",
      cell: (event) => <ResourceLink id={event.resource.id} name={nameOfResource(event)} inRow />,
    },
    {
      title: "Says",
      width: "minmax(80px, 6fr)",
      wide: true,
      cell: ({ payload }) => <span className="muted">{summary(payload)}</span>,
    },
    {
      title: "Run",
      width: "minmax(76px, 2fr)",
      wide: true,
      cell: ({ run, run_name: name }) => run && <RunLink id={run} label={name ?? undefined} />,
    },
  ];
}

/** The name of an event: it opens the row, all of which it covers. */
function Name({ event, open }: { event: LoggedEvent; open: boolean }) {
  const { icon, tone } = faceOfEvent(event);
  return (
    <Link
      to="."
      search={(before) => ({ ...before, open: open ? undefined : event.id })}
      replace
      resetScroll={false}
      preload={false}
      aria-expanded={open}
      className={styles.name}
    >
      <span data-tone={tone}>
        <Icon name={icon} />
      </span>
      {isOurs(event.event) && <span className={styles.ours}>{OURS}</span>}
      {visible(isOurs(event.event) ? event.event.slice(OURS.length) : event.event)}
    </Link>
  );
}
