import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { isMissing } from "../../api/error";
import type { Block } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { counted } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { History, SpanChoice } from "../../parts/resource/History";
import type { HistorySearch } from "../../parts/resource/search";
import { resourceOfBlock } from "../../parts/resources";
import { BlockFields } from "./BlockFields";
import styles from "./BlocksPage.module.css";
import { credentialChanges } from "./changes";
import { DeleteBlock } from "./DeleteBlock";
import { Outcomes } from "./Outcomes";
import { activityQuery, blockQuery, changesQuery } from "./queries";

const route = getRouteApi("/frame/blocks/$id");

/** One block: what it holds, the runs that used it, itself or through others, and how they fared. */
export function BlockPage() {
  const { id } = route.useParams();
  const query = useQuery(blockQuery(id));
  const gone = isMissing(query.error);
  return (
    <>
      <Answer query={query} sought={{ what: "block", command: "peninsula block ls" }}>
        {(block) => <Known key={block.id} block={block} />}
      </Answer>
      {gone && query.data === undefined && (
        <p>
          If it was deleted,{" "}
          <Link to="/resource" search={{ id: resourceOfBlock(id) }}>
            its history
          </Link>{" "}
          is still there.
        </p>
      )}
    </>
  );
}

function Known({ block }: { block: Block }) {
  const { id, type, name, created, uses } = block;
  useTitle(`${type}/${name}`);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (to: Partial<HistorySearch>) =>
    void navigate({
      search: (before) => ({ ...before, ...to }),
      replace: true,
      resetScroll: false,
    });
  const changes = useQuery(changesQuery([id, ...uses.map(({ block: one }) => one)]));
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/blocks">Blocks</Link> /{" "}
        <Link to="/blocks" search={{ type: [type] }}>
          {type}
        </Link>
      </nav>
      <PageHead
        title={name}
        actions={
          <>
            <SpanChoice search={search} onSearch={change} />
            <Actions block={block} />
          </>
        }
      >
        <Lately id={id} />
      </PageHead>
      <History
        resource={{ id: resourceOfBlock(id), first: created }}
        search={search}
        onSearch={change}
        marks={credentialChanges(changes.data ?? [])}
      >
        <BlockFields block={block} />
      </History>
    </>
  );
}

function Lately({ id }: { id: string }) {
  const { data } = useQuery(activityQuery([id]));
  const activity = data?.get(id);
  if (activity === undefined) return null;
  return (
    <span>
      newest {counted(activity.completed + activity.failed, "run")}: <Outcomes {...activity} />
    </span>
  );
}

function Actions({ block }: { block: Block }) {
  if (!useMayChange()) return null;
  return (
    <>
      <Link to="/blocks/$id/edit" params={{ id: block.id }} className={styles.action}>
        Edit
      </Link>
      <DeleteBlock block={block} />
    </>
  );
}
