"""Background runs seen from the program that delays them, where no server is."""

from __future__ import annotations

import asyncio
import socket

import pytest

from peninsula import task
from peninsula.client.api import open_api
from peninsula.core.errors import InvalidError
from peninsula.core.runs import RunKind
from peninsula.sdk.settings import settings


@task
def double(number):
    """Twice as much."""
    return 2 * number


def state_of(run):
    """Say what the database of the home knows."""

    async def ask():
        async with open_api(settings()) as api:
            return (await api.run(run, RunKind.TASK_RUN)).state.name

    return asyncio.run(ask())


def kept(home):
    """Return the files with parameters of runs."""
    return sorted((home / "results" / "parameters").iterdir())


def test_a_delayed_run_is_cancelled_by_its_future_without_a_server(home):
    """It is over at once, for this process and for others, and no worker is given it."""
    future = double.delay(1)
    assert future.cancel() is True
    assert (future.done(), future.state.name) == (True, "Cancelled")
    assert state_of(future.task_run_id) == "Cancelled"
    assert future.cancel() is False


def test_a_state_is_what_was_known_last_where_no_server_answers(home, monkeypatch):
    """None runs here, or the one that is set is away: it is no error to ask."""
    future = double.delay(1)
    assert future.state.name == "Scheduled"
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("PENINSULA_API_URL", f"http://127.0.0.1:{unused.getsockname()[1]}")
        settings.cache_clear()
        assert double.delay(2).state.name == "Scheduled"


def test_what_a_cancelled_run_was_to_get_is_removed(home):
    """The parameters of others stay."""
    first, second = double.delay(1), double.delay(2)
    assert [file.name for file in kept(home)] == sorted(
        [str(first.task_run_id), str(second.task_run_id)]
    )
    first.cancel()
    assert [file.name for file in kept(home)] == [str(second.task_run_id)]


class Mailer:
    """Has a task in its body."""

    @task
    def send(self, to):
        """Go to someone."""
        return to


def test_a_method_is_not_delayed(home):
    """No worker would find it; the error says what to do."""
    with pytest.raises(InvalidError, match='The task "send" is a method'):
        Mailer().send.delay("ada")


def made(name):
    """Return a task of that name."""

    @task(name=name)
    def work():
        """Do nothing."""

    return work


at_the_top = made("at the top")


def test_a_local_task_is_not_delayed():
    """No worker would find it, unless a module has it under its name."""
    with pytest.raises(InvalidError, match=r'"inside" is local to a function.*top of its module'):
        made("inside").delay()
    at_the_top.with_options(tags=["a"]).delay()
