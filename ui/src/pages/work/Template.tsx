import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { writeJson } from "../../api/exact";
import type { WorkPool } from "../../api/types";
import { useMayChange } from "../../api/useMayChange";
import { Card } from "../../parts/Card";
import { asRecord } from "../../parts/events";
import { type Column, Rows } from "../../parts/Rows";
import { TemplateForm } from "./TemplateForm";

interface Variable {
  name: string;
  type: string;
  initial: unknown;
  about: string;
}

const COLUMNS: Column<Variable>[] = [
  { title: "Variable", width: "minmax(120px, 2fr)", cell: ({ name }) => <code>{name}</code> },
  { title: "Type", width: "70px", wide: true, cell: ({ type }) => type },
  {
    title: "If not set",
    width: "minmax(80px, 1fr)",
    cell: ({ initial }) => initial !== undefined && <code>{writeJson(initial)}</code>,
  },
  {
    title: "What it is",
    width: "minmax(120px, 4fr)",
    wide: true,
    cell: ({ about }) => <span title={about}>{about}</span>,
  },
];

const route = getRouteApi("/frame/work-pools/$name");

/** What deployments may set of how the runs of a pool are started; the whole of it can be changed. */
export function Template({ pool }: { pool: WorkPool }) {
  const [edits, setEdits] = useState(false);
  const { template } = route.useSearch();
  const navigate = route.useNavigate();
  const variables = variablesOf(pool.base_job_template);
  const turn = () =>
    void navigate({
      search: (before) => ({ ...before, template: template ? undefined : "open" }),
      replace: true,
    });
  return (
    <Card
      title="Base job template"
      actions={
        useMayChange() && (
          <button type="button" onClick={() => setEdits(true)}>
            Change
          </button>
        )
      }
    >
      {variables.length > 0 && (
        <button type="button" aria-expanded={template === "open"} onClick={turn}>
          {variables.length === 1 ? "1 job variable" : `${variables.length} job variables`}
        </button>
      )}
      {variables.length > 0 && template === "open" && (
        <Rows label="Job variables" rows={variables} columns={COLUMNS} keyOf={({ name }) => name} />
      )}
      {variables.length === 0 && (
        <p className="muted">
          It has no variables: deployments set nothing of how runs are started.
        </p>
      )}
      {edits && <TemplateForm pool={pool} onClose={() => setEdits(false)} />}
    </Card>
  );
}

function variablesOf(template: unknown): Variable[] {
  const { properties } = asRecord(asRecord(template).variables);
  return Object.entries(asRecord(properties)).map(([name, schema]) => {
    const { type, title, description, default: initial } = asRecord(schema);
    return {
      name,
      type: String(type ?? "anything"),
      initial,
      about: String(description ?? title ?? "").replaceAll("`", ""),
    };
  });
}
