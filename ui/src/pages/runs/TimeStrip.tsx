import { useQuery } from "@tanstack/react-query";
import { writeRange } from "../../browser/range";
import { Histogram } from "../../parts/Histogram";
import { runBars } from "../../parts/runBars";
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
      bars={runBars(data)}
      onRange={(from, to) => onChange({ t: writeRange(from, to), span: undefined })}
    />
  );
}
