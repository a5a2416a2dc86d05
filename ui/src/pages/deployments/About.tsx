import { Link } from "@tanstack/react-router";
import { writeJson } from "../../api/exact";
import type { Deployment } from "../../api/types";
import { Card } from "../../parts/Card";
import { Facts } from "../../parts/Facts";
import { whole } from "../../parts/numbers";
import { Ago } from "../../parts/Time";

/** What a deployment is: where its code is, where it runs, what runs of it are given. */
export function About({ deployment }: { deployment: Deployment }) {
  const { work_pool: pool, work_queue: queue, concurrency_limit: limit } = deployment;
  return (
    <Card title="About">
      <Facts
        facts={[
          ["Entrypoint", code(deployment.entrypoint)],
          ["Folder", code(deployment.path)],
          ["Pull steps", json(deployment.pull_steps)],
          ["Version", deployment.version],
          ["Work pool", <Pool key="pool" name={pool} />],
          ["Queue", queue],
          ["At a time", limit === null ? null : limitText(limit, deployment.collision_strategy)],
          ["Parameters", json(deployment.parameters)],
          ["Job variables", json(deployment.job_variables)],
          ["Tags", deployment.tags.join(", ")],
          ["Made", <Ago key="made" at={deployment.created} />],
          ["Changed", <Ago key="changed" at={deployment.updated} />],
        ]}
      />
    </Card>
  );
}

function Pool({ name }: { name: string | null }) {
  if (name === null) return "none: the process that serves it";
  return (
    <Link to="/work-pools/$name" params={{ name }}>
      {name}
    </Link>
  );
}

function limitText(limit: number, strategy: Deployment["collision_strategy"]): string {
  const others = strategy === "ENQUEUE" ? "others wait" : "others are cancelled";
  return `${whole(limit)}; ${others}`;
}

function code(text: string | null) {
  return text && <code>{text}</code>;
}

function json(value: object) {
  return Object.keys(value).length > 0 && <code>{writeJson(value)}</code>;
}
