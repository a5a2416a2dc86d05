import { useQuery } from "@tanstack/react-query";
import { writeRange } from "../../browser/range";
import { HEIGHT, Histogram } from "../../parts/Histogram";
import { PartlyCounted } from "../../parts/PartlyCounted";
import { runBins, runLayers } from "../../parts/runLayers";
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
  if (data === undefined) return <div style={{ height: HEIGHT }} />;
  return (
    <>
      <Histogram
        label="Runs by time and state"
        layers={runLayers(data)}
        range={null}
        onRange={(range) => {
          if (range) onChange({ t: writeRange(range.from, range.to), span: undefined });
        }}
        {...runBins(data)}
      />
      <PartlyCounted history={data} />
    </>
  );
}
