import { useQuery } from "@tanstack/react-query";
import { answered, api } from "../../../api/client";
import { at } from "../data/columns";
import { keyOf } from "../queries";
import type { RunScene } from "../useScene";

const MOST = 200;
const ARTIFACT = "peninsula.artifact.";

/** The keys of the artifacts that a run made, by their resources: the log calls them so. */
export function useArtifactKeys({ runs, happenings }: RunScene): ReadonlyMap<string, string> {
  const run = at(runs.ids, 0);
  const made = happenings.events.filter(({ resource }) => resource.startsWith(ARTIFACT)).length;
  const query = { run, limit: MOST };
  const { data } = useQuery({
    queryKey: [...keyOf(run), "artifacts", made],
    queryFn: ({ signal }) => answered(api.GET("/api/artifacts", { params: { query }, signal })),
    select: ({ items }) => new Map(items.map(({ id, key }) => [`${ARTIFACT}${id}`, key ?? id])),
    enabled: made > 0,
  });
  return data ?? NONE;
}

const NONE: ReadonlyMap<string, string> = new Map();
