import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { BlockType } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { PageHead } from "../../parts/PageHead";
import { type Column, Rows } from "../../parts/Rows";
import { Ticked } from "../../parts/Ticked";
import { NoTypes } from "./NoBlocks";
import { typesQuery } from "./queries";

const SHOWN: Column<BlockType>[] = [
  {
    title: "Type",
    width: "minmax(90px, 1fr)",
    cell: ({ slug, name }) => (
      <Link to="/blocks" search={{ type: [slug] }}>
        {name}
      </Link>
    ),
  },
  {
    title: "Slug",
    width: "minmax(90px, 1fr)",
    wide: true,
    cell: ({ slug }) => <code>{slug}</code>,
  },
  {
    title: "What it is for",
    width: "minmax(0, 3fr)",
    cell: ({ description }) => (
      <span title={description ?? undefined}>
        <Ticked text={leadOf(description)} />
      </span>
    ),
  },
];

const NEW: Column<BlockType> = {
  title: "Make",
  width: "50px",
  end: true,
  cell: ({ slug, name }) => (
    <Link to="/blocks/new" search={{ type: slug }} aria-label={`New ${name}`}>
      New
    </Link>
  ),
};

/** The types of blocks that the server knows. */
export function TypesPage() {
  useTitle("Types of blocks");
  const mayChange = useMayChange();
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/blocks">Blocks</Link>
      </nav>
      <PageHead title="Types of blocks" />
      <Answer query={useQuery(typesQuery)}>
        {(types) =>
          types.length > 0 ? (
            <Rows
              label="Types of blocks"
              rows={types}
              columns={mayChange ? [...SHOWN, NEW] : SHOWN}
              keyOf={({ slug }) => slug}
            />
          ) : (
            <NoTypes />
          )
        }
      </Answer>
    </>
  );
}

/** The first paragraph of a description, without the signs that mark code in it. */
function leadOf(description: string | null): string {
  return (description ?? "").split(/\n\s*\n/)[0]?.replaceAll("`", "") ?? "";
}
