import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { answered, api } from "../../api/client";
import type { Block } from "../../api/types";
import { Dialog } from "../../parts/Dialog";
import { Problem } from "../../parts/Problem";
import { healthQuery } from "../../parts/resource/queries";
import { resourceOfBlock } from "../../parts/resources";
import { windowOf } from "../../parts/spans";
import styles from "./DeleteBlock.module.css";

/** Delete a block. It asks first, and says what uses it: there is no way back. */
export function DeleteBlock({ block }: { block: Block }) {
  const [asks, setAsks] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setAsks(true)}>
        Delete
      </button>
      {asks && <Ask block={block} onClose={() => setAsks(false)} />}
    </>
  );
}

function Ask({ block, onClose }: { block: Block; onClose: () => void }) {
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () =>
      answered(api.DELETE("/api/blocks/{id}", { params: { path: { id: block.id } } })),
    onSuccess: async () => {
      await navigate({ to: "/blocks" });
      queryClient.removeQueries({ queryKey: ["blocks", block.id] });
      await queryClient.invalidateQueries({ queryKey: ["blocks", "list"] });
    },
  });
  return (
    <Dialog label="Delete the block" onClose={onClose}>
      <p>
        Delete{" "}
        <b>
          {block.type}/{block.name}
        </b>
        ? Its fields and secrets are gone then; what runs did with it stays.
      </p>
      <Users block={block} />
      {remove.error && <Problem error={remove.error} />}
      <p className={styles.choices}>
        <button type="button" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Delete the block
        </button>
        <button type="button" onClick={onClose}>
          Keep it
        </button>
      </p>
    </Dialog>
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
