"""Functions of the user's that are called when runs enter a state."""

from __future__ import annotations

import asyncio
import sys

import pytest

from peninsula import flow, task


@pytest.fixture
def seen() -> list[tuple[str, str, str]]:
    """What hooks saw: the definition's name, the run's, and the state's."""
    return []


@pytest.fixture
def look(seen):
    """A hook that notes what it is given."""

    def look(definition, run, state):
        assert run.state is state
        seen.append((definition.name, run.name, state.name))

    return look


def test_hooks_are_called_with_what_the_run_entered(seen, look):
    """Running first, then the end it came to; retries are no end."""

    @task(on_running=[look], on_completion=[look], on_failure=[look], retries=1)
    def load(fail):
        if fail:
            raise ValueError("no rows")

    @flow(on_running=[look], on_completion=[look], on_failure=[look], flow_run_name="nightly")
    def etl():
        load(fail=False)
        load(fail=True)

    with pytest.raises(ValueError, match="no rows"):
        etl()
    assert seen == [
        ("etl", "nightly", "Running"),
        ("load", "load-0", "Running"),
        ("load", "load-0", "Completed"),
        ("load", "load-1", "Running"),
        ("load", "load-1", "Failed"),
        ("etl", "nightly", "Failed"),
    ]


def test_a_crash_has_its_hook(seen, look):
    """Also when the code leaves the program."""

    @flow(on_crashed=[look], flow_run_name="nightly")
    def etl():
        sys.exit(1)

    with pytest.raises(SystemExit):
        etl()
    assert seen == [("etl", "nightly", "Crashed")]


def test_hooks_can_be_registered_as_decorators(seen, look):
    """Also after the first run."""

    @task
    def load():
        return 1

    load()
    assert load.on_completion(look) is look
    load()
    assert [name for name, _, _ in seen] == ["load"]


def test_a_hook_may_be_a_coroutine_function(seen):
    """For flows of either kind, also for a function called inside of an event loop."""

    async def look(definition, run, state):
        await asyncio.sleep(0)
        seen.append(definition.name)

    @task(on_completion=[look])
    def plain():
        return 1

    @flow(on_completion=[look])
    async def coroutine():
        return plain()

    plain()
    assert asyncio.run(coroutine()) == 1
    assert seen == ["plain", "plain", "coroutine"]


def test_a_hook_that_fails_changes_nothing(told, seen, look):
    """It is logged, and the next one is called."""

    def broken(*_):
        raise KeyError("oops")

    @task(on_completion=[broken, look])
    def load():
        return 1

    assert load() == 1
    run = told.one("load")
    assert run.state == "Completed"
    assert len(seen) == 1
    assert any("broken failed" in line and "oops" in line for line in run.log)


def test_a_hook_that_leaves_the_program_is_obeyed(told):
    """The run has its state already."""

    def leave(*_):
        sys.exit(4)

    @flow(on_completion=[leave])
    def etl():
        return 1

    with pytest.raises(SystemExit) as left:
        etl()
    assert left.value.code == 4
    assert told.one("etl").state == "Completed"
