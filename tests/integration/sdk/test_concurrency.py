"""Flows hold and use slots: with a server, and without one."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import threading
from textwrap import dedent

import pytest

from peninsula import flow
from peninsula.concurrency import asyncio as awaited
from peninsula.concurrency.sync import concurrency, rate_limit
from peninsula.core.errors import InvalidError, NotFoundError, PeninsulaError, SlotTimeoutError
from tests.support import nursery


@pytest.fixture(params=["server", "no server"])
def place(request: pytest.FixtureRequest) -> str:
    """Where limits are: on the server of the home, or in its database."""
    if request.param == "server":
        request.getfixturevalue("server")
    return request.param


def cli(verb: str, *arguments: str) -> object:
    """Run a command of `peninsula concurrency-limit`, and return what it says."""
    command = ["concurrency-limit", verb, "--json", *arguments]
    done = nursery.run(command, stdin="", env=os.environ, cwd=None, timeout=60)
    done.check_returncode()
    return json.loads(done.stdout)


def test_slots_are_held_while_the_block_runs(place, told):
    """And given back at its end, also by an exception."""
    cli("set", "db", "--limit", "2")

    @flow
    def etl():
        with concurrency("db", occupy=2):
            assert cli("inspect", "db")["taken"] == 2
            with (
                pytest.raises(SlotTimeoutError, match="'db' was free within"),
                concurrency("db", timeout_seconds=0),
            ):
                pass
        raise ValueError("after")

    assert etl(return_state=True).is_failed()
    assert cli("inspect", "db")["taken"] == 0
    assert any("Waiting for a slot" in line for line in told.one("etl").log)


def test_who_waits_for_a_slot_of_its_own_is_told_so(place, told):
    """In the log of the run, and by the error: the block around holds it, also by a coroutine."""
    cli("set", "db", "--limit", "1")

    @flow
    def etl():
        with (
            concurrency("db"),
            pytest.raises(SlotTimeoutError, match="block around this one holds 1 of it"),
            concurrency("db", timeout_seconds=0),
        ):
            pass

    async def load():
        async with awaited.concurrency("db"):
            with pytest.raises(SlotTimeoutError, match="holds 1 of it"):
                async with awaited.concurrency("db", timeout_seconds=0):
                    pass

    etl()
    assert any("block around this one holds 1" in line for line in told.one("etl").log)
    asyncio.run(load())


def test_no_names_limit_nothing(home):
    """As a list that a program has made may be empty; nobody is asked."""
    with concurrency([]):
        rate_limit(())
    assert not (home / "peninsula.db").exists()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"occupy": 0}, "occupy=0. Give a whole number"),
        ({"occupy": -1}, "occupy=-1"),
        ({"occupy": 1.5}, "occupy=1.5"),
        ({"occupy": True}, "occupy=True"),
        ({"names": ["db"] * 100}, "at most"),
        ({"names": None}, "names=None"),
        ({"names": ["db", 3]}, "3"),
        ({"timeout_seconds": "5"}, "timeout_seconds='5'; give a finite number"),
        ({"timeout_seconds": -1}, "timeout_seconds=-1"),
    ],
)
def test_an_argument_that_cannot_be_is_refused_by_name(home, given, reason):
    """Before anyone is asked."""
    with pytest.raises(InvalidError, match=reason), concurrency(**{"names": "db", **given}):
        pass
    with pytest.raises(InvalidError, match=reason):
        rate_limit(**{"names": "db", **given})
    assert not (home / "peninsula.db").exists()


def test_one_waits_until_another_is_done(server):
    """Then it goes on."""
    cli("set", "db", "--limit", "1")
    inside, order = threading.Event(), []

    def second():
        inside.wait(10)
        with concurrency("db"):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with concurrency("db"):
        inside.set()
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"]


def test_coroutines_hold_them_as_well(server):
    """With `async with`."""
    cli("set", "db", "--limit", "1")

    async def etl():
        async with awaited.concurrency("db"):
            with pytest.raises(SlotTimeoutError):
                async with awaited.concurrency("db", timeout_seconds=0):
                    pass
        await awaited.rate_limit("nothing")

    asyncio.run(etl())


def test_a_rate_is_limited(server):
    """By what a limit lets through each second."""
    cli("set", "api", "--limit", "2", "--decay", "0.001")
    rate_limit("api")
    rate_limit("api")
    with pytest.raises(SlotTimeoutError):
        rate_limit("api", timeout_seconds=0)
    cli("set", "db", "--limit", "2")
    with pytest.raises(InvalidError, match="decay"):
        rate_limit("db")


def test_a_limit_that_is_not_there_limits_nothing_unless_strict(place):
    """As flows run before anyone has made it."""
    with concurrency("none"):
        pass
    missing = pytest.raises(NotFoundError, match="concurrency-limit set none")
    with missing, concurrency("none", strict=True):
        pass


def test_the_commands_that_errors_name_can_be_typed(home):
    """A limit that is missing, too small, or of no rate is as it should be after them."""
    with pytest.raises(NotFoundError) as missing, concurrency("db", strict=True):
        pass
    type_in(missing)
    with pytest.raises(InvalidError) as small, concurrency("db", occupy=7):
        pass
    type_in(small)
    with pytest.raises(InvalidError) as unrated:
        rate_limit("db", occupy=7)
    type_in(unrated)
    rate_limit("db", occupy=7)


@pytest.mark.parametrize("name", ["api", "-x"])
def test_one_command_makes_a_limit_fit_for_a_rate(home, name):
    """Whether it is missing, has no decay, or has too few slots as well."""
    with pytest.raises(NotFoundError) as missing:
        rate_limit(name, occupy=7, strict=True)
    type_in(missing)
    rate_limit(name, occupy=7, strict=True)


def test_raising_a_limit_leaves_its_decay(home):
    """The command that the error names does, and whoever types it."""
    cli("set", "api", "--limit", "2", "--decay", "0.5")
    with pytest.raises(InvalidError) as small:
        rate_limit("api", occupy=7)
    type_in(small)
    found = cli("inspect", "api")
    assert (found["limit"], found["decay"]) == (7, 0.5)
    cli("set", "api", "--limit", "7", "--decay", "0")
    assert cli("inspect", "api")["decay"] == 0


@pytest.mark.parametrize("name", ["My Database", "mY/database "])
def test_a_name_that_cannot_be_is_answered_with_one_that_can(place, name):
    """And with the rule, in words."""
    with pytest.raises(InvalidError, match=r"lower-case letters.*: my-database\.") as refused:
        rate_limit(name)
    assert repr(name) in refused.value.message


def test_a_name_in_letters_of_its_own_is_answered_with_plain_ones(home):
    """Where all of them can be written so; else with the rule alone."""
    with pytest.raises(InvalidError, match=r"255 at most: uni-2\."):
        rate_limit("Ünï 2")
    with pytest.raises(InvalidError, match=r"255 at most\."):
        rate_limit("лимит x")


def type_in(error: pytest.ExceptionInfo[PeninsulaError]) -> None:
    """Do what the message says."""
    said = error.value.message.rpartition(": ")[2]
    program, _, verb, *arguments = shlex.split(said)
    assert program == "peninsula"
    cli(verb, *arguments)


KILLED = dedent("""
    import time
    from peninsula import flow
    from peninsula.concurrency.sync import concurrency

    @flow
    def etl():
        with concurrency("db"):
            print("holding", flush=True)
            time.sleep(60)

    etl()
""")


def test_the_slots_of_a_killed_process_are_free(server, run_script):
    """As soon as its journal is adopted."""
    cli("set", "db", "--limit", "1")
    program = run_script(KILLED)
    program.wait_for_line("holding")
    program.kill()
    with concurrency("db", timeout_seconds=30):
        pass


def test_ctrl_c_gives_slots_back(server, run_script):
    """On the way out of the block."""
    cli("set", "db", "--limit", "1")
    program = run_script(KILLED)
    program.wait_for_line("holding")
    program.signal(2)
    program.wait()
    assert cli("inspect", "db")["taken"] == 0
