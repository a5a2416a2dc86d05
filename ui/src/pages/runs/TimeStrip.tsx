import { useQuery } from "@tanstack/react-query";
import type { History, StateType } from "../../api/types";
import { writeRange } from "../../browser/range";
import { type Bar, Histogram } from "../../parts/Histogram";
import { faceOf, STATE_TYPES } from "../../parts/states";
import { historyQuery } from "./queries";
import type { Change, RunsSearch } from "./search";

interface Shown {
  search: RunsSearch;
  onChange: Change;
}

/** When the runs were, by state. */
export function TimeStrip({ search, onChange }: Shown) {
  const { data } = useQuery(historyQuery(search));
  // It keeps its place, so that nothing below it moves when it comes.
  if (data === undefined) return <div style={{ height: 69 }} />;
  return (
    <Histogram
      label="Runs by time and state"
      since={new Date(data.since)}
      until={new Date(data.until)}
      step={data.step}
      bars={barsOf(data)}
      onRange={(from, to) => onChange({ t: writeRange(from, to), span: undefined })}
    />
  );
}

function barsOf({ buckets }: History): Bar[] {
  return buckets.map(({ start, types }) => ({ start: new Date(start), layers: layersOf(types) }));
}

/** Failures at the bottom, where their heights can be compared. */
function layersOf(types: Partial<Record<StateType, number>>): Bar["layers"] {
  const tones = new Map<string, number>();
  for (const type of STATE_TYPES) {
    const { tone } = faceOf({ type });
    tones.set(tone, (tones.get(tone) ?? 0) + (types[type] ?? 0));
  }
  return [...tones].filter(([, count]) => count > 0).map(([tone, count]) => ({ tone, count }));
}
