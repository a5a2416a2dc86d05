import { Time } from "./Time";
import { micros } from "./times";

interface Counted {
  since: string;
  /** From when on events were counted. */
  reached: string;
}

/** From when on a histogram counts, where that is not the whole of its time. */
export function CountedSince({ since, reached }: Counted) {
  if (micros(reached) <= micros(since)) return null;
  return (
    <p className="muted" role="status">
      Counted since <Time at={reached} /> only: before that there are too many events to look at.
    </p>
  );
}
