"""Mistakes that are easily made: the error names the thing and the fix."""

from __future__ import annotations

import asyncio

import pytest

from peninsula import flow, task
from peninsula.core.errors import InvalidError


@task
async def load():
    """Return rows."""
    return [1]


def test_a_flow_that_returns_an_async_task_unawaited_fails(told):
    """Its coroutine would never run, and the flow would look as if all had gone well."""

    @flow
    def etl():
        return load()

    with pytest.raises(InvalidError, match=r'flow "etl" returned the coroutine.*`async def`'):
        etl()
    assert told.one("etl").state == "Failed"
    assert told.all("load") == []


def test_a_coroutine_that_returns_one_is_told_to_await_it(told):
    """The same for tasks; it is not retried, as it would do so again."""

    @task(retries=2)
    async def outer():
        return load()

    with pytest.raises(InvalidError, match=r'task "outer" returned the coroutine.*Await it\.'):
        asyncio.run(outer())
    assert told.one("outer").states == ["Running", "Failed"]


def test_two_tasks_of_one_name_are_noted_once(told, monkeypatch, caplog):
    """In the debug log of the flow run in which both run; one function twice is nothing."""
    monkeypatch.setenv("PENINSULA_LOG_LEVEL", "DEBUG")
    caplog.set_level("DEBUG", "peninsula")

    def make():
        @task
        def clean(): ...

        return clean

    @task(name="clean")
    def other(): ...

    @flow
    def etl():
        make()()
        make()()
        for each in [other, make(), other]:
            each()

    etl()
    noted = [line for line in told.one("etl").log if "look alike" in line]
    assert len(noted) == 1
    assert 'as task "clean"' in noted[0]
