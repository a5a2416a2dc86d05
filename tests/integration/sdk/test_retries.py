"""Failed attempts are tried again, as often and as late as the flow or task says."""

from __future__ import annotations

import asyncio

import pytest

from peninsula import flow, task
from peninsula.tasks import exponential_backoff


class Flaky:
    """Fails the first times it is called."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.calls = 0

    def __call__(self) -> str:
        """Fail, or say how many calls it took."""
        self.calls += 1
        if self.calls <= self.failures:
            msg = f"attempt {self.calls}"
            raise ConnectionError(msg)
        return f"after {self.calls}"


def test_a_task_that_fails_twice_and_then_passes_is_completed(told):
    """Its events tell each attempt, and why the one before failed."""
    flaky = Flaky(2)

    @task(retries=3)
    def load():
        return flaky()

    @flow
    def etl():
        return load()

    assert etl() == "after 3"
    run = told.one("load")
    assert run.states == ["Running", "Retrying", "Retrying", "Completed"]
    assert [change.attempt for change in run.changes] == [0, 1, 2, 2]
    assert run.changes[1].message == "ConnectionError: attempt 1"
    assert run.folded.attempts == 3
    assert run.born.retries == 3


def test_a_delay_is_awaited_in_a_state_of_its_own(told):
    """AwaitingRetry belongs to the attempt that failed, and says how long."""
    flaky = Flaky(1)

    @task(retries=1, retry_delay_seconds=0.01)
    def load():
        return flaky()

    assert load() == "after 2"
    run = told.one("load")
    assert run.states == ["Running", "AwaitingRetry", "Retrying", "Completed"]
    assert [change.attempt for change in run.changes] == [0, 0, 1, 1]
    assert run.changes[1].details == {"delay_seconds": 0.01}


def test_when_retries_are_used_up_the_last_failure_is_raised(told):
    """The run fails with the exception of its last attempt."""
    flaky = Flaky(9)

    @task(retries=2)
    def load():
        flaky()

    with pytest.raises(ConnectionError, match="attempt 3"):
        load()
    assert told.one("load").states == ["Running", "Retrying", "Retrying", "Failed"]


def test_delays_may_be_listed_or_made_by_a_backoff(told):
    """Each retry has its own; the last one listed stands for the rest."""
    flaky, other = Flaky(3), Flaky(2)

    @task(retries=3, retry_delay_seconds=[0.002, 0.001])
    def listed():
        return flaky()

    @task(retries=2, retry_delay_seconds=exponential_backoff(0.001), retry_jitter_factor=0)
    def backed_off():
        return other()

    listed()
    backed_off()
    assert delays_of(told.one("listed")) == [0.002, 0.001, 0.001]
    assert delays_of(told.one("backed_off")) == [0.001, 0.002]


def delays_of(run):
    """Return the delays that a run told."""
    return [
        change.details["delay_seconds"] for change in run.changes if change.name == "AwaitingRetry"
    ]


def test_jitter_moves_delays_within_its_share(told):
    """A delay of 20 ms with jitter 0.5 is between 10 and 30 ms."""
    flaky = Flaky(5)

    @task(retries=5, retry_delay_seconds=0.02, retry_jitter_factor=0.5)
    def load():
        return flaky()

    load()
    delays = delays_of(told.one("load"))
    assert all(0.01 <= delay <= 0.03 for delay in delays)
    assert len(set(delays)) > 1


def test_a_condition_decides_whether_a_failure_is_worth_a_retry(told):
    """It sees the task, its run and the failed state; a coroutine function may decide, too."""
    seen = []

    def unless_gone(definition, run, state):
        try:
            state.result()
        except FileNotFoundError:
            seen.append((definition.name, run.name, state.name))
            return False
        return True

    async def never(*_):
        await asyncio.sleep(0)
        return False

    @task(retries=5, retry_condition_fn=unless_gone)
    def load():
        raise FileNotFoundError

    @task(retries=5, retry_condition_fn=never)
    def fetch():
        raise ValueError

    @flow
    def etl():
        load(return_state=True)
        fetch(return_state=True)

    etl()
    assert seen == [("load", "load-0", "Failed")]
    assert told.one("load").states == ["Running", "Failed"]
    assert told.one("fetch").states == ["Running", "Failed"]


def test_a_condition_that_fails_means_no_and_is_logged(told):
    """A mistake in it must not retry for ever, nor hide the failure."""

    def broken(*_):
        raise KeyError("oops")

    @task(retries=5, retry_condition_fn=broken)
    def load():
        raise ValueError("no rows")

    with pytest.raises(ValueError, match="no rows"):
        load()
    run = told.one("load")
    assert run.states == ["Running", "Failed"]
    assert any("retry_condition_fn failed" in line and "oops" in line for line in run.log)


def test_a_flow_is_retried_from_its_beginning(told):
    """Its tasks run again: each attempt calls the function anew."""
    flaky = Flaky(1)

    @task
    def load():
        return flaky()

    @flow(retries=1, retry_delay_seconds=0.001)
    def etl():
        return load()

    assert etl() == "after 2"
    assert told.one("etl").states == ["Running", "AwaitingRetry", "Retrying", "Completed"]
    assert [run.state for run in told.all("load")] == ["Failed", "Completed"]


def test_a_returned_failed_state_is_not_retried(told):
    """Who returns a state has decided."""
    from peninsula.states import Failed  # noqa: PLC0415  beside its use

    @task(retries=3)
    def load():
        return Failed(message="decided")

    load(return_state=True)
    assert told.one("load").states == ["Running", "Failed"]


def test_retries_of_coroutine_functions_are_the_same(told):
    """One life, two drivers."""
    flaky = Flaky(1)

    @task(retries=1, retry_delay_seconds=0.001)
    async def load():
        await asyncio.sleep(0)
        return flaky()

    assert asyncio.run(load()) == "after 2"
    run = told.one("load")
    assert run.states == ["Running", "AwaitingRetry", "Retrying", "Completed"]


def test_an_attempt_sees_its_number(told):
    """`run_count` counts from 1."""
    from peninsula.runtime import task_run  # noqa: PLC0415  beside its use

    counts = []

    @task(retries=2)
    def load():
        counts.append(task_run.run_count)
        raise ValueError

    load(return_state=True)
    assert counts == [1, 2, 3]
