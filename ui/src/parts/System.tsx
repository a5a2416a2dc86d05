import { Go } from "./Go";
import { Icon } from "./Icon";
import { resourcePath } from "./places";

/** Something outside: ◆ and its id, which leads to its page. */
export function System({ id, name }: { id: string; name?: string | null }) {
  return (
    <Go to={resourcePath(id)} data-tone="external" title={id}>
      <Icon name="diamond" size={10} /> {name ?? id}
    </Go>
  );
}
