"""What a run of a deployment is called, and what its code can ask about the deployment."""

from __future__ import annotations

from tests.support.processes import wait_until

NAMED = """
    from peninsula import flow, get_run_logger, task
    from peninsula.runtime import deployment, flow_run
    from peninsula.task_runners import ProcessPoolTaskRunner

    @task
    def look():
        return [deployment.name, deployment.version, deployment.parameters]

    @flow
    def inner():
        return deployment.flow_run_id

    @flow(flow_run_name="load-of-{day}", task_runner=ProcessPoolTaskRunner(max_workers=1))
    def etl(day: int = 1, limit: int = 7):
        seen = look()
        assert look.submit().result() == seen
        assert (deployment.flow_run_id, inner()) == (flow_run.id, flow_run.id)
        get_run_logger().info("%s: %s of %s", flow_run.name, seen, deployment.id)

    if __name__ == "__main__":
        assert deployment.id is None and deployment.parameters == {}
        etl.serve("nightly", version="7", tags=["sales"])
"""


def test_a_run_is_named_by_its_template_when_it_begins_and_knows_its_deployment(program, seen):
    """Until then it has the name that it was submitted with; all else about it stays."""
    program(NAMED)
    of = wait_until(lambda: seen.deployment("etl/nightly"), what="the deployment")
    made = seen.post(f"deployments/{of['id']}/runs", {"parameters": {"day": 3}, "name": "by-hand"})
    assert made["name"] == "by-hand"
    run = seen.until(made["id"], "Completed", "Failed", "Crashed")
    assert (run["name"], run["state"]["name"]) == ("load-of-3", "Completed"), run["state"]
    kept = ("deployment", "expected", "created", "tags", "version", "code", "parent")
    assert {part: run[part] for part in kept} == {part: made[part] for part in kept}
    assert run["parameters"] == {"day": 3, "limit": 7}
    lines = seen.get(f"flow-runs/{made['id']}/logs", limit=200)["items"]
    said = f"load-of-3: ['nightly', '7', {{'day': 3}}] of {of['id']}"
    assert said in [line["message"] for line in lines]
