import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { BlockType } from "../../api/types";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { PageHead } from "../../parts/PageHead";
import { Ticked } from "../../parts/Ticked";
import { BlockForm } from "./BlockForm";
import styles from "./BlocksPage.module.css";
import { NoTypes } from "./NoBlocks";
import { typesQuery } from "./queries";

const route = getRouteApi("/frame/blocks/new");

/** Make a block: choose its type, then fill in its fields. */
export function NewBlockPage() {
  useTitle("New block");
  const { type: slug } = route.useSearch();
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/blocks">Blocks</Link>
      </nav>
      <PageHead title="New block" />
      <Answer query={useQuery(typesQuery)}>
        {(types) => (types.length > 0 ? <Chosen types={types} slug={slug} /> : <NoTypes />)}
      </Answer>
    </>
  );
}

function Chosen({ types, slug }: { types: readonly BlockType[]; slug: string | undefined }) {
  const navigate = route.useNavigate();
  const type = types.find((one) => one.slug === slug);
  return (
    <div className={styles.form}>
      <label>
        Type{" "}
        <select
          aria-label="Type"
          value={type?.slug ?? ""}
          onChange={({ target }) =>
            void navigate({ search: { type: target.value || undefined }, replace: true })
          }
        >
          <option value="">Choose a type</option>
          {types.map((one) => (
            <option key={one.slug} value={one.slug}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      {type?.description && (
        <p className={styles.about}>
          <Ticked text={type.description} />
        </p>
      )}
      {type && <BlockForm key={type.slug} type={type} />}
    </div>
  );
}
