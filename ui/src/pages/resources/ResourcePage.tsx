import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { Schemas } from "../../api/types";
import { useTitle } from "../../browser/useTitle";
import { Answer } from "../../parts/Answer";
import { counted } from "../../parts/numbers";
import { PageHead } from "../../parts/PageHead";
import { ExternalMark } from "../../parts/ResourceLink";
import { History, SpanChoice } from "../../parts/resource/History";
import { resourceQuery } from "../../parts/resource/queries";
import { isExternal, labelOf } from "../../parts/resources";
import { Ago } from "../../parts/Time";
import { Belongs } from "./Belongs";
import type { ResourceSearch } from "./search";

type Detail = Schemas["ResourceDetail"];

const route = getRouteApi("/frame/resource");

/** One resource: how runs fare with it, what happened to it, who uses it, what it belongs to. */
export function ResourcePage() {
  const { id } = route.useSearch();
  useTitle(labelOf({ id }));
  return (
    <Answer
      query={useQuery(resourceQuery(id))}
      sought={{ what: "resource", command: "peninsula resource ls" }}
    >
      {(resource) => <Known key={resource.id} resource={resource} />}
    </Answer>
  );
}

function Known({ resource }: { resource: Detail }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (to: Partial<ResourceSearch>) =>
    void navigate({
      search: (before) => ({ ...before, ...to }),
      resetScroll: false,
    });
  return (
    <>
      <Head resource={resource}>
        <SpanChoice search={search} onSearch={change} />
      </Head>
      <History resource={resource} search={search} onSearch={change}>
        <Belongs resource={resource} />
      </History>
    </>
  );
}

function Head({ resource, children }: { resource: Detail; children: React.ReactNode }) {
  const { id, name, kind, last, events } = resource;
  const title = (
    <>
      {isExternal(id) && <ExternalMark />}
      {labelOf({ id, name })}
    </>
  );
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/resources">Resources</Link> /{" "}
        <Link to="/resources" search={{ kind: [kind] }}>
          {kind}
        </Link>
      </nav>
      <PageHead title={title} actions={children}>
        <span>{counted(events, "event")}</span>
        <span>
          last <Ago at={last} />
        </span>
      </PageHead>
    </>
  );
}
