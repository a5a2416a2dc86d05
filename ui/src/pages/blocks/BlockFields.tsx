import { Link } from "@tanstack/react-router";
import { writeJson } from "../../api/exact";
import type { Block, BlockUse } from "../../api/types";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { Icon } from "../../parts/Icon";
import { Time } from "../../parts/Time";
import styles from "./BlockFields.module.css";
import { type Line, linesOf } from "./shown";

/** What a block holds, its secrets masked; what is nested in it, and in what it is nested. */
export function BlockFields({ block }: { block: Block }) {
  const { data, secrets, uses, used_by: usedBy, credential_version: version } = block;
  const lines = linesOf(data, secrets).filter(({ path }) => path !== "");
  return (
    <Card title="Fields">
      <div className={styles.fields}>
        <dl>
          {lines.map((line) => (
            <div key={line.path}>
              <dt>{line.path}</dt>
              <dd>
                <Value line={line} uses={uses} />
              </dd>
            </div>
          ))}
        </dl>
        <Facts
          facts={[
            ["Secrets", version && <code key="v">version {version.slice(0, 12)}</code>],
            ["Expires", block.expires && <Time key="e" at={block.expires} />],
            ["Made", <Time key="c" at={block.created} />],
            ["Changed", <Time key="u" at={block.updated} />],
          ]}
        />
        <Others title="Nested in it" uses={uses} />
        <Others title="Nested in" uses={usedBy} />
      </div>
    </Card>
  );
}

function Value({ line, uses }: { line: Line; uses: readonly BlockUse[] }) {
  const { path, secret, block, value } = line;
  if (secret) {
    return (
      <span className="muted">
        <Icon name="check" size={10} /> set, never shown
      </span>
    );
  }
  if (block !== undefined) {
    const use = uses.find((one) => one.field === path);
    return <BlockLink id={block} name={use ? `${use.type}/${use.name}` : block} />;
  }
  if (value === null) return <span className="muted">not set</span>;
  return <code>{typeof value === "string" ? value : writeJson(value)}</code>;
}

function Others({ title, uses }: { title: string; uses: readonly BlockUse[] | undefined }) {
  if (uses === undefined || uses.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul>
        {uses.map(({ field, block, type, name }) => (
          <li key={`${field} ${block}`}>
            <BlockLink id={block} name={`${type}/${name}`} />{" "}
            <span className="muted">as {field}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function BlockLink({ id, name }: { id: string; name: string }) {
  return (
    <Link to="/blocks/$id" params={{ id }}>
      {name}
    </Link>
  );
}
