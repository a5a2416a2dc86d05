import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api } from "../../api/client";
import type { Block } from "../../api/types";
import { Ask } from "../../parts/Ask";
import { healthQuery } from "../../parts/resource/queries";
import { resourceOfBlock } from "../../parts/resources";
import { windowOf } from "../../parts/spans";

/** Delete a block. It asks first, and says what uses it: there is no way back. */
export function DeleteBlock({ block }: { block: Block }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const remove = async () => {
    await answered(api.DELETE("/api/blocks/{id}", { params: { path: { id: block.id } } }));
    await navigate({ to: "/blocks" });
    queryClient.removeQueries({ queryKey: ["blocks", block.id] });
    await queryClient.invalidateQueries({ queryKey: ["blocks", "list"] });
  };
  return (
    <Ask button="Delete" does="Delete the block" keeps="Keep it" act={remove}>
      <p>
        Delete{" "}
        <b>
          {block.type}/{block.name}
        </b>
        ? Its fields and secrets are gone then; what runs did with it stays.
      </p>
      <Users block={block} />
    </Ask>
  );
}

/** What will miss it: blocks in which it is nested, flows that used it in the last month. */
function Users({ block }: { block: Block }) {
  const [window] = useState(() => windowOf("30d", new Date()));
  const { data } = useQuery(healthQuery(resourceOfBlock(block.id), window));
  const nested = (block.used_by ?? []).map(({ type, name }) => `${type}/${name}`);
  const flows = data?.flows.map(({ flow }) => flow) ?? [];
  return (
    <>
      {nested.length > 0 && <p>Nested in {nested.join(", ")}: save these without it first.</p>}
      {flows.length > 0 && (
        <p>
          Used in the last 30 days by {flows.join(", ")}
          {data && data.next.length > 0 && `; ${data.next.length} of their runs are scheduled`}.
        </p>
      )}
      {data && flows.length === 0 && nested.length === 0 && (
        <p className="muted">No flow used it in the last 30 days.</p>
      )}
    </>
  );
}
