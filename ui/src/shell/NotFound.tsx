import { createRoute, Link } from "@tanstack/react-router";
import { useTitle } from "../browser/useTitle";
import { Empty } from "../parts/Empty";
import { PageHead } from "../parts/PageHead";
import { frame } from "./frame";

/** Of each address that no page has: within the frame, so that there is a way on from it. */
export const notFoundRoute = createRoute({
  getParentRoute: () => frame,
  path: "$",
  component: NotFound,
});

function NotFound() {
  useTitle("No such page");
  return (
    <>
      <PageHead title="No such page" />
      <Empty title="There is no page at this address.">
        <Link to="/">Go to the start</Link>, or press <kbd>⌘K</kbd> to find something by name or id.
      </Empty>
    </>
  );
}
