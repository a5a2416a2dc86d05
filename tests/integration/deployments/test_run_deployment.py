"""`run_deployment`: a run asks for another one, and waits for it as for a subflow."""

from __future__ import annotations

import pytest

from tests.support.processes import wait_until

SERVED = """
    from peninsula import flow

    @flow
    def etl(day: int = 1):
        if day > 5:
            raise ValueError("no such day")
        return day

    if __name__ == "__main__":
        etl.serve("nightly")
"""

ASKS = """
    from peninsula import flow, task
    from peninsula.deployments import run_deployment

    @task
    def choose():
        return [4]

    @task
    def publish(run):
        return run.state.name

    @flow
    def parent():
        chosen = choose.submit()
        days = chosen.result()
        run = run_deployment("etl/nightly", parameters={{"day": {day}}}, poll_interval=0.2)
        print("ended", run.state.name, run.id)
        if run.state.is_completed():
            print("published", publish(run))

    parent()
"""


def serve(program, seen):
    """The deployment, served."""
    program(SERVED)
    return wait_until(lambda: seen.deployment("etl/nightly"), what="the deployment")


def test_a_run_of_a_deployment_is_below_the_run_that_asked(program, seen):
    """With an edge from what its parameters come from, and one to what it is given to."""
    of = serve(program, seen)
    asking = program(ASKS.format(day="chosen and days[0]"), "asks.py")
    assert asking.wait() == 0, asking.describe()
    asking.wait_for_line("ended Completed")
    asking.wait_for_line("published Completed")
    (run,) = seen.get("flow-runs", deployment=of["id"])["items"]
    (parent,) = seen.get("flow-runs", flow="parent")["items"]
    assert (run["parent"], run["parameters"]) == (parent["id"], {"day": 4})
    edges = seen.get(f"flow-runs/{parent['id']}/edges")["items"]
    (publish,) = seen.get("task-runs", task="publish")["items"]
    assert (run["id"], publish["id"]) in {(edge["upstream"], edge["run"]) for edge in edges}


@pytest.mark.parametrize("below", [True, False])
def test_a_run_fails_by_the_run_that_it_asked_for(program, seen, below):
    """Whether that is below it or by itself, if it asks for its result."""
    of = serve(program, seen)
    text = ASKS.replace("poll_interval=0.2", f"poll_interval=0.2, as_subflow={below}")
    text = text.replace("run.state.is_completed()", "run.state.result()")
    assert program(text.format(day="6"), "asks.py").wait() == 1
    (run,) = seen.get("flow-runs", deployment=of["id"])["items"]
    (parent,) = seen.get("flow-runs", flow="parent")["items"]
    why = seen.get(f"flow-runs/{parent['id']}/why")
    assert (why["origin"]["id"], why["origin"]["error"]) == (run["id"], "ValueError")
    assert [event["event"] for event in why["chain"]] == ["peninsula.flow-run.failed"] * 2


NEVER = "from peninsula.sdk.deployments import waiting as w; w.FIRST = w.OPENING = 3600"


def test_the_end_of_the_run_is_told_and_not_looked_for(program, seen):
    """The stream of the server says it, to one that would look an hour later."""
    serve(program, seen)
    text = ASKS.replace("poll_interval=0.2", "poll_interval=3600")
    text = text.replace("def parent():", f"def parent():\n        {NEVER}")
    asking = program(text.format(day="4"), "asks.py")
    assert asking.wait() == 0, asking.describe()
    asking.wait_for_line("ended Completed")


def test_that_the_run_was_cancelled_before_it_began_is_told_as_well(program, seen):
    """By the server itself: nothing of the run is there that could."""
    serve(program, seen)
    asking = program(
        f"""
        {NEVER}
        from datetime import datetime, timedelta, UTC
        from peninsula.deployments import run_deployment

        due = datetime.now(UTC) + timedelta(days=1)
        run = run_deployment("etl/nightly", scheduled_time=due, poll_interval=3600)
        print("ended", run.state.name)
        """,
        "asks.py",
    )
    (run,) = wait_until(lambda: seen.get("flow-runs")["items"], what="the run")
    seen.post(f"flow-runs/{run['id']}/cancel")
    assert asking.wait() == 0, asking.describe()
    asking.wait_for_line("ended Cancelled")


def test_a_future_among_the_parameters_is_waited_for(program, seen):
    """And it is where the run comes from."""
    of = serve(program, seen)
    text = ASKS.replace("return [4]", "return 4").format(day="chosen")
    asking = program(text, "asks.py")
    assert asking.wait() == 0, asking.describe()
    (run,) = seen.get("flow-runs", deployment=of["id"])["items"]
    assert run["parameters"] == {"day": 4}
    edges = seen.get(f"flow-runs/{run['id']}/edges")["items"]
    (choose,) = seen.get("task-runs", task="choose")["items"]
    assert [(edge["upstream"], edge["parameter"]) for edge in edges] == [(choose["id"], "day")]


def test_what_the_run_returned_is_there_where_it_was_kept(program, seen):
    """It is read from the store of the one that asks, and from nowhere else."""
    program(SERVED.replace("@flow", "@flow(persist_result=True)", 1))
    wait_until(lambda: seen.deployment("etl/nightly"), what="the deployment")
    text = ASKS.replace("return run.state.name", "return run.state.result()")
    asking = program(text.format(day="4"), "asks.py")
    assert asking.wait() == 0, asking.describe()
    asking.wait_for_line("published 4")
    elsewhere = text.replace("@flow", '@flow(result_storage="elsewhere")', 1)
    asking = program(elsewhere.format(day="4"), "asks.py")
    assert asking.wait() == 1
    asking.wait_for_line("Give both flows the same result_storage")


def test_what_the_run_returned_is_not_there_where_it_was_not_kept(program, seen):
    """The error says what to declare."""
    serve(program, seen)
    text = ASKS.replace("return run.state.name", "return run.state.result()")
    asking = program(text.format(day="4"), "asks.py")
    assert asking.wait() == 1
    asking.wait_for_line("Declare its flow with persist_result=True")


def test_how_the_run_failed_is_known_to_the_one_that_asked(program, seen):
    """Its state says so; nothing is raised, as in Prefect."""
    serve(program, seen)
    asking = program(ASKS.format(day=6), "asks.py")
    assert asking.wait() == 0, asking.describe()
    asking.wait_for_line("ended Failed")


def test_an_unknown_deployment_is_an_error_at_once(program, seen):
    """With the command that lists those there are."""
    asking = program(ASKS.format(day=1), "asks.py")
    assert asking.wait() == 1
    asking.wait_for_line('No deployment "etl/nightly"')


def test_nobody_waits_where_no_time_is_given(program, seen):
    """In an event loop it is awaited."""
    of = serve(program, seen)
    asking = program(
        """
        import asyncio
        from peninsula.deployments import run_deployment

        async def main():
            run = await run_deployment(
                "etl/nightly", timeout=0, idempotency_key="one", tags=["now"], flow_run_name="x"
            )
            again = await run_deployment("etl/nightly", timeout=0, idempotency_key="one")
            assert run.id == again.id and run.name == "x" and run.tags == ("now",)

        asyncio.run(main())
        """,
        "asks.py",
    )
    assert asking.wait() == 0, asking.describe()
    (run,) = seen.get("flow-runs", deployment=of["id"])["items"]
    assert run["parent"] is None
