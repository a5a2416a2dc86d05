import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Block } from "../../api/types";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { PageHead } from "../../parts/PageHead";
import { BlockForm } from "./BlockForm";
import { blockQuery, typeQuery } from "./queries";

const route = getRouteApi("/frame/blocks/$id/edit");

/** Change a block. */
export function EditBlockPage() {
  const { id } = route.useParams();
  const query = useQuery({ ...blockQuery(id), refetchOnWindowFocus: false });
  return (
    <Answer query={query} sought={{ what: "block", command: "peninsula block ls" }}>
      {(block) => <Known block={block} />}
    </Answer>
  );
}

function Known({ block }: { block: Block }) {
  useTitle(`Edit ${block.name}`);
  const query = useQuery({ ...typeQuery(block.type), refetchOnWindowFocus: false });
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/blocks">Blocks</Link> /{" "}
        <Link to="/blocks/$id" params={{ id: block.id }}>
          {block.type}/{block.name}
        </Link>
      </nav>
      <PageHead title={`Edit ${block.name}`} />
      {/* What came first is what is edited: what others save meanwhile does not change it. */}
      <Answer query={query}>
        {(type) => <BlockForm key={block.id} type={type} block={block} />}
      </Answer>
    </>
  );
}
