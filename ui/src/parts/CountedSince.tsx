import { Time } from "./Time";
import { isCutShort } from "./times";

interface Counted {
  since: string;
  /** From when on events were counted. */
  reached: string;
}

/** From when on a histogram counts, where that is not the whole of its time. */
export function CountedSince(counted: Counted) {
  if (!isCutShort(counted)) return null;
  return (
    <p className="muted" role="status">
      Counted since <Time at={counted.reached} /> only: before that there are too many events to
      look at.
    </p>
  );
}
