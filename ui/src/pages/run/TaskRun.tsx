import { useQuery } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { Missing } from "../../parts/Missing";
import { detailsQuery } from "./queries";

interface Named {
  id: string;
  /** Why there is no flow run with this id. */
  error: Error;
}

/** The id of a task run leads to the flow run that it is in, where it is selected. */
export function TaskRun({ id, error }: Named) {
  const task = useQuery(detailsQuery(id, false));
  if (task.error !== null)
    return <Missing what="run" error={error} command="peninsula flow-run ls" />;
  if (task.data === undefined) {
    return (
      <p className="muted" role="status">
        Loading …
      </p>
    );
  }
  const { root } = task.data;
  // A background task run is called by no flow: there is nothing around it to show.
  if (root === id) {
    return <Missing what="flow run" error={error} command={`peninsula task-run inspect ${id}`} />;
  }
  return <Navigate to="/runs/$id" params={{ id: root }} search={{ sel: id }} replace />;
}
