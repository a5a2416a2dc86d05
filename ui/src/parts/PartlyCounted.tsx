import type { History } from "../api/types";

/** What the server looks at of one time. */
const MOST = "50,000";

/** Says where there were too many runs to count them all. */
export function PartlyCounted({ history }: { history: Pick<History, "partial"> }) {
  if (!history.partial) return null;
  return (
    <p className="muted">Of the newest {MOST} runs of this time; those before are not counted.</p>
  );
}
