import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useRouter } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { answered, api } from "../../api/client";
import type { Deployment, Run } from "../../api/types";
import { useTitle } from "../../browser/useTitle";
import { visible } from "../../browser/visible";
import { Answer } from "../../parts/Answer";
import { type Draft, dataOf, draftsOf, type Problems } from "../../parts/form/draft";
import { FieldInputs } from "../../parts/form/FieldInput";
import form from "../../parts/form/Form.module.css";
import { PageHead } from "../../parts/PageHead";
import { Problem } from "../../parts/Problem";
import { runPath } from "../../parts/places";
import { parametersOf, valuesOf } from "./parameters";
import { deploymentQuery, likeQuery } from "./queries";

const route = getRouteApi("/frame/deployments/$id/run");

/** Have a deployment run, with the parameters that someone fills in. */
export function RunDeploymentPage() {
  const { id } = route.useParams();
  const { like } = route.useSearch();
  const query = useQuery({ ...deploymentQuery(id), refetchOnWindowFocus: false });
  const before = useQuery({ ...likeQuery(like), refetchOnWindowFocus: false });
  return (
    <Answer query={query} sought={{ what: "deployment", command: "peninsula deployment ls" }}>
      {/* What came first is what is filled in: what others change meanwhile does not change it. */}
      {(deployment) =>
        !before.isLoading && <Form key={deployment.id} deployment={deployment} like={before.data} />
      }
    </Answer>
  );
}

function Form({ deployment, like }: { deployment: Deployment; like?: Run }) {
  const { id, flow, name } = deployment;
  useTitle(`Run ${flow}/${name}`);
  const [fields] = useState(() => parametersOf(deployment));
  const [drafts, setDrafts] = useState(() => draftsOf(fields, valuesOf(fields, deployment, like)));
  const [problems, setProblems] = useState<Problems>({});
  const [due, setDue] = useState("");
  const run = useRun(id);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found: Problems = {};
    const parameters = dataOf(fields, drafts, found);
    setProblems(found);
    if (Object.keys(found).length === 0) run.mutate({ parameters, due });
  };
  return (
    <>
      <nav aria-label="Where this is" className="muted">
        <Link to="/deployments">Deployments</Link> /{" "}
        <Link to="/deployments/$id" params={{ id }}>
          {flow}/{name}
        </Link>
      </nav>
      <PageHead title={`Run ${name}`}>
        {like && (
          <span>
            As {visible(like.name)} was run: its secrets are to be typed again, and what is too long
            to be told.
          </span>
        )}
      </PageHead>
      <form className={form.form} noValidate onSubmit={submit}>
        <Parameters {...{ fields, drafts, problems }} onChange={setDrafts} />
        <Due due={due} onDue={setDue} />
        {run.error && <Problem error={run.error} />}
        <p>
          <button type="submit" disabled={run.isPending}>
            {due === "" ? "Run it now" : "Have it run then"}
          </button>
        </p>
      </form>
    </>
  );
}

interface Filled {
  fields: ReturnType<typeof parametersOf>;
  drafts: Record<string, Draft>;
  problems: Problems;
  onChange: (drafts: Record<string, Draft>) => void;
}

function Parameters(filled: Filled) {
  if (filled.fields.length === 0) return <p className="muted">The flow has no parameters.</p>;
  return <FieldInputs {...filled} />;
}

function Due({ due, onDue }: { due: string; onDue: (due: string) => void }) {
  const id = useId();
  return (
    <div className={form.field}>
      <label htmlFor={id}>When</label>
      <input
        id={id}
        type="datetime-local"
        value={due}
        aria-describedby={`${id}about`}
        onChange={({ target }) => onDue(target.value)}
      />
      <p id={`${id}about`} className="muted">
        On the clock of this browser. Left empty, it is now.
      </p>
    </div>
  );
}

interface Wanted {
  parameters: Record<string, unknown>;
  /** As the browser writes a time; empty for now. */
  due: string;
}

/** Make the run, and show it. */
function useRun(id: string) {
  const router = useRouter();
  return useMutation({
    mutationFn: ({ parameters, due }: Wanted) => {
      const when = due === "" ? null : new Date(due).toISOString();
      // The client's types know no dictionary of anything.
      const body = { parameters, due: when } as never;
      const params = { path: { id } };
      return answered(api.POST("/api/deployments/{id}/runs", { params, body }));
    },
    onSuccess: (run) => router.navigate({ href: runPath(run.id) }),
  });
}
