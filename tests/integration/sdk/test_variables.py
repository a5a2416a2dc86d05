"""Variables as flows see them: with a server, and without one."""

from __future__ import annotations

import asyncio
import math
import socket
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from peninsula import flow
from peninsula.core.errors import ConflictError, InvalidError, TooLargeError, UnavailableError
from peninsula.sdk.settings import settings
from peninsula.variables import Variable
from tests.support.server import Server


@pytest.fixture(params=["server", "no server"])
def place(request: pytest.FixtureRequest) -> str:
    """Where variables are: on the server of the home, or in its database."""
    if request.param == "server":
        request.getfixturevalue("server")
    return request.param


def test_a_flow_sets_reads_and_unsets_variables(place):
    """Values come back as they were, and a default stands for what is not there."""

    @flow
    def etl():
        value = {"rows": [1, 2.5, None, "é"], "on": True}
        made = Variable.set("limits", value, tags=["sales"])
        assert (made.name, made.value, made.tags) == ("limits", value, ["sales"])
        assert Variable.get("limits") == value
        with pytest.raises(ConflictError, match="overwrite"):
            Variable.set("limits", 2)
        assert Variable.set("limits", 2, overwrite=True).tags == []
        assert Variable.get("limits", 9) == 2
        assert Variable.unset("limits") is True
        assert Variable.unset("limits") is False
        return Variable.get("limits"), Variable.get("limits", 9)

    assert etl() == (None, 9)


def test_a_coroutine_uses_them_by_either_way(place):
    """Awaited, or called: then the event loop waits."""

    @flow
    async def etl():
        await Variable.aset("region", "eu")
        assert await Variable.aget("region") == Variable.get("region") == "eu"
        assert await Variable.aunset("region")
        return await Variable.aget("region", "none")

    assert asyncio.run(etl()) == "none"


def test_what_is_set_without_a_server_is_there_when_one_starts(start_server):
    """It is the database of the home, either way."""
    Variable.set("region", "eu")
    server: Server = start_server()
    assert Variable.get("region") == "eu"
    server.stop()
    assert Variable.get("region") == "eu"


@pytest.mark.parametrize(
    ("name", "value", "error", "reason"),
    [
        ("Region", 1, InvalidError, "no name of a variable"),
        ("", 1, InvalidError, "no name of a variable"),
        (5, 1, InvalidError, "^5 is no name of a variable. Use .*at most: 5"),
        ("a", object(), InvalidError, "no JSON"),
        ("a", "half \ud800", InvalidError, "no JSON"),
        ("a", "x" * 70_000, TooLargeError, "limit is 65536"),
    ],
)
def test_what_cannot_be_a_variable_is_refused_before_anyone_is_asked(
    home, name, value, error, reason
):
    """The message says why."""
    with pytest.raises(error, match=reason):
        Variable.set(name, value)
    assert not (home / "peninsula.db").exists()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (math.nan, r"value is nan\. Give None"),
        ({"rows": [1, math.inf]}, r"value\['rows'\]\[1\] is inf"),
        ([{1, 2}], r"value\[0\] is \{1, 2\}\. Give a list"),
        (b"raw", "value is b'raw'. Give a text"),
        (datetime(2026, 1, 31, tzinfo=UTC), "isoformat"),
        ({"day": date(2026, 1, 31)}, "isoformat"),
        ({1: "a"}, "a key of value is 1. Give texts as keys"),
        (UUID(int=1), "Give texts, numbers, lists and dicts"),
        (object(), "no JSON"),
    ],
)
def test_what_json_would_give_back_as_something_else_is_refused(home, value, reason):
    """With its place in the value, and what to give."""
    with pytest.raises(InvalidError, match=reason):
        Variable.set("limits", value)
    assert not (home / "peninsula.db").exists()


@pytest.mark.parametrize("tags", ["sales", 5, [5]])
def test_tags_are_a_list_of_texts(home, tags):
    """One text is not the list of its letters."""
    with pytest.raises(InvalidError, match='The variable "limits" was given tags='):
        Variable.set("limits", 1, tags=tags)


def test_a_server_that_is_away_is_waited_for_and_then_an_error(monkeypatch, caplog):
    """It says so, names the server and the fix; local data never stands in for it."""
    Variable.set("region", "eu")
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv("PENINSULA_API_URL", url)
        monkeypatch.setenv("PENINSULA_WAIT_TIMEOUT", "0.4")
        settings.cache_clear()
        with pytest.raises(UnavailableError, match=url):
            Variable.get("region", "us")
    assert "Waiting for it, 0.4 s at most." in caplog.text
