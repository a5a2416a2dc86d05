import { useTitle } from "../../browser/useTitle";
import { PageHead } from "../../parts/PageHead";

export function RunsPage() {
  useTitle("Runs");
  return <PageHead title="Runs" />;
}
