import { useNow } from "../browser/useNow";
import { useZone } from "../browser/zone";
import { away, clock, dayOf, duration, micros, moment, whole, zoneAt } from "./times";

interface Told {
  at: string | null;
  /** Without the day. */
  short?: boolean;
  /** With year, milliseconds and zone. */
  full?: boolean;
  /** With the zone of the clock, where that of another is near. */
  zoned?: boolean;
}

/** A time of the API on the person's clock; its title says all of it. */
export function Time({ at, short = false, full = false, zoned = false }: Told) {
  const zone = useZone();
  if (at === null) return <span className="muted">–</span>;
  const date = new Date(at);
  return (
    <time dateTime={at} title={whole(date, zone)}>
      {(full ? whole : short ? clock : moment)(date, zone)}
      {zoned && ` ${zoneAt(date, zone)}`}
    </time>
  );
}

/** The day of a time. */
export function Day({ at }: { at: string }) {
  return <span className="muted">{dayOf(new Date(at), useZone())}</span>;
}

/** How long ago a time was. */
export function Ago({ at }: { at: string }) {
  const zone = useZone();
  const now = useNow();
  const date = new Date(at);
  return (
    <time dateTime={at} title={whole(date, zone)}>
      {away(date, now)}
    </time>
  );
}

interface Span {
  from: string | null;
  /** Null: it goes on. */
  to: string | null;
}

/** How long something took; of what goes on, how long it has taken so far. */
export function Duration({ from, to }: Span) {
  if (from === null) return <span className="muted">–</span>;
  if (to === null) return <SoFar from={from} />;
  return <span>{duration((micros(to) - micros(from)) / 1e6)}</span>;
}

function SoFar({ from }: { from: string }) {
  const seconds = Math.max(0, (useNow().getTime() - Date.parse(from)) / 1000);
  return <span>{duration(Math.floor(seconds))}</span>;
}
