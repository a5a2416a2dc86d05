"""Tracebacks show the lines of the user; how the engine came from one to the next says nothing."""

from __future__ import annotations

import pytest

HEAD = """
import asyncio, sys
from peninsula import flow, get_run_logger, task

@task
def read(n):
    return int("x")

@task
async def aread(n):
    return int("x")
"""

SYNC = """
@flow
def inner():
    return read(3)
@flow
def outer():
    return inner()
outer()
"""
ASYNC = """
@flow
async def inner():
    return await aread(3)
@flow
async def outer():
    return await inner()
asyncio.run(outer())
"""
SUBMITTED = """
@flow
def outer():
    return read.submit(3).result()
outer()
"""
GROUP = """
@flow
def outer():
    try:
        read(3)
    except ValueError as problem:
        raise ExceptionGroup("several", [problem]) from problem
outer()
"""


def traceback_at_end(run_script, code: str, **options) -> str:
    """Return what Python prints of the exception that ended the script."""
    program = run_script(HEAD + code, **options)
    assert program.wait() == 1
    return program.output.rpartition("Failed after")[2].partition("\n")[2]


@pytest.mark.parametrize("code", [SYNC, ASYNC, SUBMITTED, GROUP])
def test_the_traceback_at_the_end_has_no_frame_of_the_engine(run_script, code: str):
    """But each of the user's, from the call in the script to the line that failed."""
    printed = traceback_at_end(run_script, code)
    assert "peninsula/" not in printed
    assert "in <module>" in printed
    assert 'return int("x")' in printed
    assert "ValueError: invalid literal" in printed


def test_at_log_level_debug_all_frames_are_shown(run_script):
    """For whoever looks for a fault of the engine."""
    printed = traceback_at_end(run_script, SYNC, env={"PENINSULA_LOG_LEVEL": "DEBUG"})
    assert "peninsula/sdk/running/sync_driver.py" in printed


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_the_traceback_at_the_end_has_no_secrets_of_addresses(run_script, level: str):
    """As the line above it that says how the run failed."""
    code = """
@flow
def etl():
    key = "yranac"[::-1]
    raise OSError(f"https://u:{key}@h/x?token={key} is away")
etl()
"""
    printed = traceback_at_end(run_script, code, env={"PENINSULA_LOG_LEVEL": level})
    assert "canary" not in printed
    assert printed.rstrip().endswith("OSError: https://********@h/x?******** is away")


def test_a_call_that_cannot_be_made_shows_its_line_only(run_script):
    """The error is about that line, also where no run has begun."""
    program = run_script(HEAD + "read.submit(3)\n")
    assert program.wait() == 1
    assert "peninsula/" not in program.output
    assert "read.submit(3)" in program.output


def test_another_hook_for_exceptions_is_left_alone(run_script):
    """Debuggers and error trackers have theirs."""
    program = run_script(HEAD + "sys.excepthook = lambda *_: print('theirs')\n" + SYNC)
    assert program.wait() == 1
    assert program.lines[-1] == "theirs"


def test_logged_exceptions_have_no_frame_of_the_engine_either(run_script, told):
    """In the terminal and in the log of the run that caught it."""
    program = run_script(
        HEAD
        + "@flow\ndef outer():\n    try:\n        read(3)\n    except ValueError:\n"
        + "        get_run_logger().exception('caught')\nouter()\n"
    )
    printed = program.succeed().partition("caught")[2]
    assert 'return int("x")' in printed
    assert "peninsula/" not in printed
    (logged,) = [line for line in told.one("outer").log if line.startswith("caught")]
    assert 'return int("x")' in logged
    assert "peninsula/" not in logged


ASKING = """
from peninsula.concurrency.sync import concurrency, rate_limit
from peninsula.variables import Variable
from peninsula.transactions import transaction
@flow
def outer():
    {}
outer()
"""


@pytest.mark.parametrize(
    "line",
    [
        "with concurrency('none', strict=True): pass",
        "rate_limit('none', strict=True)",
        "Variable.get('No name')",
        "with transaction(isolation_level='none'): pass",
    ],
)
def test_the_way_to_what_is_asked_is_folded(run_script, line):
    """The last line is the user's that asked, and the error is below it."""
    printed = traceback_at_end(run_script, ASKING.format(line))
    frames = [each.strip() for each in printed.splitlines() if each.startswith("  File")]
    assert [frame.rpartition(" in ")[2] for frame in frames[-1:]] == ["outer"]
    assert not any(each in printed for each in ("contextlib", "asyncio/", "litestar"))


WAITING = """
import os, signal, threading, time
waits = threading.Event()
@task
def slow():
    waits.wait()
    os.kill(os.getpid(), signal.SIGINT)
    while True:
        time.sleep(0.01)
@flow
def outer():
    future = slow.submit()
    waits.set()
    {}
outer()
"""


@pytest.mark.parametrize("wait", ["future.result()", "future.wait()"])
def test_a_wait_of_the_engine_is_folded(run_script, wait):
    """The last line is the user's that waited when Ctrl-C came, in the log and at the end."""
    program = run_script(HEAD + WAITING.format(wait))
    program.wait()
    assert program.output.count(f"{wait}\nKeyboardInterrupt") == 2
    assert "threading.py" not in program.output


def test_loops_and_contexts_of_the_user_are_shown(run_script):
    """They are between two lines of the user's own."""
    printed = traceback_at_end(
        run_script,
        """
from contextlib import contextmanager
@contextmanager
def around():
    yield int("x")
async def main():
    with around(): pass
@flow
def outer():
    asyncio.run(main())
outer()
""",
    )
    assert all(each in printed for each in ("contextlib", "asyncio", "in main", "in around"))
