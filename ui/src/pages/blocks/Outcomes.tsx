import type { BlockActivity } from "../../api/types";
import { Icon } from "../../parts/Icon";
import { whole } from "../../parts/numbers";

/** How many of the newest runs with a block went well, and how many did not. */
export function Outcomes({ completed, failed }: Pick<BlockActivity, "completed" | "failed">) {
  if (completed + failed === 0) return <span className="muted">none</span>;
  return (
    <span title={`Of the newest runs ${completed} completed and ${failed} failed`}>
      <span data-tone={completed > 0 ? "ok" : "idle"}>
        <Icon name="check" size={10} /> <span className="spoken">completed</span>
        {whole(completed)}
      </span>{" "}
      <span data-tone={failed > 0 ? "bad" : "idle"}>
        <Icon name="cross" size={10} /> <span className="spoken">failed</span>
        {whole(failed)}
      </span>
    </span>
  );
}
