import { Link } from "@tanstack/react-router";
import { Empty } from "../../parts/Empty";
import type { RunsSearch } from "./search";

/** Why no run is shown, and how one comes to be. */
export function NoRuns({ search }: { search: RunsSearch }) {
  if (Object.values(search).some((value) => value !== undefined)) {
    return (
      <Empty title="No run is like that.">
        <Link to="/runs">Clear the filters</Link>,{" "}
        {search.subflows === undefined && (
          <>
            <Link to="/runs" search={{ ...search, subflows: "yes" }}>
              look among subflows
            </Link>
            ,{" "}
          </>
        )}
        or look further back.
      </Empty>
    );
  }
  return (
    <Empty title="No flow ran in the last 7 days." command="peninsula init">
      This writes a flow to begin with. A flow that is run anywhere with this server set is shown
      here at once;{" "}
      <Link to="/runs" search={{ span: "30d" }}>
        the last 30 days
      </Link>{" "}
      may have more.
    </Empty>
  );
}
