import { Link } from "@tanstack/react-router";
import { Empty } from "../parts/Empty";

/** An address that no page has. */
export function NotFound() {
  return (
    <main>
      <h1>No such page</h1>
      <Empty title="There is no page at this address.">
        <Link to="/">Go to the start</Link>, or press <kbd>⌘K</kbd> to find something by name or id.
      </Empty>
    </main>
  );
}
