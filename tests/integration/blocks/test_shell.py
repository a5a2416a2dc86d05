"""ShellCommand with programs of the machine."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from peninsula import flow
from peninsula.blocks import ShellCommand
from peninsula.core.errors import NotFoundError
from peninsula.core.records import LogRecord
from tests.support.calls import seen
from tests.support.processes import wait_until
from tests.support.told import records

SECRET = "s3cr3t-of-nobody"


def lines(home):
    """Return what runs have logged."""
    return [
        line.message
        for _, record in records(home)
        if isinstance(record, LogRecord)
        for line in record.lines
    ]


def is_alive(pid: int) -> bool:
    """Tell whether there is such a process; one that waits to be buried is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_output_is_returned_and_logged(home, told):
    """Line by line, errors too, with the call that tells of it."""
    command = ShellCommand(command="echo one; echo two >&2; printf three")

    @flow
    def work():
        return command.run()

    ended = work()
    assert (ended.exit_code, ended.output, ended.errors) == (0, ["one", "three"], ["two"])
    assert {"one", "two", "three"} <= set(lines(home))
    [call] = seen(told)
    assert (call.name, call.about) == ("shell-command.run.completed", "command://echo")
    assert call.says["bytes"] == 13


@pytest.mark.parametrize("argument", ["$(touch evil)", "; touch evil", "`touch evil`", "a 'b\" c"])
@pytest.mark.parametrize("command", [["printf", "%s"], 'printf %s "$1"'])
def test_nothing_is_put_into_a_command(command, argument, tmp_path):
    """Arguments are what they are, whatever a shell would make of them."""
    block = ShellCommand(command=command, working_dir=tmp_path)
    assert block.run(argument).output == [argument]
    assert not (tmp_path / "evil").exists()


def test_a_failure_says_how_and_what_was_said_last(told):
    """With the exit code for programs, without the arguments."""
    with pytest.raises(Exception, match=r"ls ended with exit code 2: .*/none") as caught:
        ShellCommand(command=["ls", "/none"]).run()
    assert caught.value.details == {"exit_code": 2}
    [call] = seen(told)
    assert (call.name, call.about) == ("shell-command.run.failed", "command://ls")


def test_a_failure_may_be_asked_for():
    """`check=False` returns the exit code; a signal is a negative one."""
    assert ShellCommand(command="exit 3").run(check=False).exit_code == 3
    assert ShellCommand(command="kill -9 $$").run(check=False).exit_code == -9
    with pytest.raises(Exception, match="sh ended with signal SIGKILL, and said nothing"):
        ShellCommand(command="kill -9 $$").run()


def test_what_is_out_of_time_ends_with_all_it_started(tmp_path):
    """Its children too."""
    pid = tmp_path / "pid"
    command = ShellCommand(command='sleep 60 & echo $! > "$1"; wait', timeout_seconds=0.5)
    with pytest.raises(TimeoutError, match=r"sh ran for longer than its 0\.5 s and was ended"):
        command.run(str(pid))
    # Whoever buries it is not us.
    wait_until(lambda: not is_alive(int(pid.read_text())), what="the child to end")


def test_what_it_leaves_in_the_background_stays(tmp_path):
    """It is not awaited, although it holds the output open."""
    [pid] = ShellCommand(command="sleep 60 & echo $!").run().output
    assert is_alive(int(pid))
    os.kill(int(pid), 9)


def test_what_writes_on_in_the_background_is_not_read_for_ever():
    """What is there at the end of the program counts; then nobody listens any more."""
    ended = ShellCommand(command="yes & echo done", stream_output=False).run()
    assert "done" in ended.output
    assert ended.exit_code == 0


def test_all_of_a_large_output_is_there():
    """More than a pipe holds, to the last line, also where that has no end."""
    ended = ShellCommand(command="seq 200000; printf end", stream_output=False).run()
    assert (len(ended.output), ended.output[-2:]) == (200_001, ["200000", "end"])


def test_a_cancelled_coroutine_ends_its_program(tmp_path):
    """It does not run on in its thread."""
    pid = tmp_path / "pid"
    command = ShellCommand(command='echo $$ > "$1"; exec sleep 60')

    async def use():
        running = asyncio.create_task(command.arun(str(pid)))
        await asyncio.to_thread(wait_until, lambda: pid.exists() and pid.read_text())
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(use())
    assert not is_alive(int(pid.read_text()))


def test_a_flow_out_of_time_ends_its_program(tmp_path):
    """The interrupt reaches it while it reads."""
    pid = tmp_path / "pid"
    command = ShellCommand(command='echo $$ > "$1"; exec sleep 60')

    @flow(timeout_seconds=1)
    def work():
        command.run(str(pid))

    with pytest.raises(TimeoutError):
        work()
    assert not is_alive(int(pid.read_text()))


def test_coroutines_await_the_same(told):
    """As one call."""
    ended = asyncio.run(ShellCommand(command=["echo", "a"]).arun("b"))
    assert ended.output == ["a b"]
    [call] = seen(told)
    assert call.name == "shell-command.arun.completed"


def test_secrets_are_masked_in_output(home):
    """Those of `secret_env`: a program that prints one has it in no log."""
    command = ShellCommand(
        command='echo "$TOKEN for $STAGE"; echo "$TOKEN" >&2; exit 1',
        env={"STAGE": "test"},
        secret_env={"TOKEN": SECRET},
    )

    @flow
    def work():
        command.run()

    work(return_state=True)
    assert "******** for test" in lines(home)
    assert SECRET not in repr(command)
    files = [file.read_bytes() for file in home.rglob("*") if file.is_file()]
    assert not any(SECRET.encode() in content for content in files)


def test_a_saved_command_keeps_its_secrets():
    """They are encrypted, and there again when it is loaded."""
    ShellCommand(command=["env"], secret_env={"TOKEN": SECRET}).save("env")
    loaded = ShellCommand.load("env")
    assert f"TOKEN={SECRET}" in loaded.run().output


def test_what_is_not_there_is_named(tmp_path):
    """A program, or a folder."""
    path = "Install it, or write its whole path.$"  # and not what PATH is: it may be very long
    with pytest.raises(NotFoundError, match=f"There is no program 'none-such' on PATH. {path}"):
        ShellCommand(command=["none-such"]).run()
    with pytest.raises(NotFoundError, match=f"There is no program './none-such'. {path}"):
        ShellCommand(command=["./none-such"]).run()
    with pytest.raises(NotFoundError, match="There is no folder"):
        ShellCommand(command=["ls"], working_dir=tmp_path / "none").run()
