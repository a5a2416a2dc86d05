import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Empty } from "../../parts/Empty";
import { typesQuery } from "./queries";
import type { BlocksSearch } from "./search";

/** No block to list: what to do next. */
export function NoBlocks({ search: { q, type } }: { search: BlocksSearch }) {
  const { data: types = [] } = useQuery(typesQuery);
  if (q !== undefined || type !== undefined) {
    return (
      <Empty title="No block is like that.">
        <Link to="/blocks">Show all</Link> that there are.
      </Empty>
    );
  }
  if (types.length === 0) return <NoTypes />;
  return (
    <Empty title="There are no blocks yet." command="peninsula block create s3-bucket --name lake">
      A block is what flows connect to, and what it takes to do so.{" "}
      <Link to="/blocks/new" search={{}}>
        Make one here
      </Link>
      , or save it in Python.
    </Empty>
  );
}

/** No type is known: there is nothing to make a block of. */
export function NoTypes() {
  return (
    <Empty
      title="No type of block is known yet."
      command="peninsula block register -m peninsula.blocks"
    >
      A type says which fields its blocks have. Have the server know those that come with Peninsula,
      or register your own.
    </Empty>
  );
}
