"""Commands whose output nobody takes: its reader is gone, its disk is full, it was never there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FLOW = """
from peninsula import flow

@flow
def quick():
    print("printed")
"""

FULL = Path("/dev/full")


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """A flow in a file."""
    path = tmp_path / "quick.py"
    path.write_text(FLOW)
    return f"{path}:quick"


def run(
    *arguments: str, shell: str = "", buffered: bool = True, **streams: object
) -> subprocess.CompletedProcess[str]:
    """Run a command with these streams; `shell` redirects as a shell writes it."""
    command = [sys.executable, "-m", "peninsula", *arguments]
    if shell:
        command = ["sh", "-c", f'exec "$@" {shell}', "sh", *command]
    # Buffered, as it is for people: most is written when the process ends.
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    if not buffered:
        env["PYTHONUNBUFFERED"] = "1"  # as images of containers have it
    where = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
    return subprocess.run(command, text=True, env=env, timeout=60, check=False, **where)  # type: ignore[call-overload]


@contextmanager
def taken_by_nobody(kind: str) -> Iterator[int]:
    """A descriptor that takes nothing: a pipe without a reader, or a full disk."""
    if kind == "pipe":
        reader, writer = os.pipe()
        os.close(reader)
    else:
        writer = os.open(FULL, os.O_WRONLY)
    try:
        yield writer
    finally:
        os.close(writer)


@pytest.mark.parametrize("shell", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_stream_that_is_closed_is_no_reason_to_fail(quick, shell):
    """What started us may close any of the three; the flow runs and is told all the same."""
    done = run("run", quick, shell=shell)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Completed" in run("flow-run", "ls").stdout


@pytest.mark.parametrize("kind", ["pipe", "full"])
@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_run_is_not_spoilt_by_what_shows_it(quick, kind, stream):
    """The exit code is the run's, and no thread of ours leaves a traceback."""
    with taken_by_nobody(kind) as nowhere:
        done = run("run", quick, **{stream: nowhere})
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in (done.stderr or "") + (done.stdout or "")


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("option", [[], ["--json"]])
def test_an_answer_that_cannot_be_written_is_a_line(quick, option, buffered):
    """A full disk is said in one line, and fails the command: the answer is not there."""
    run("run", quick)
    with taken_by_nobody("full") as nowhere:
        done = run("flow-run", "ls", *option, stdout=nowhere, buffered=buffered)
    assert done.returncode == 1
    assert done.stderr == "Error: Cannot write the answer: No space left on device.\n"


def test_an_answer_that_nobody_reads_ends_quietly(quick):
    """`| head` has what it wants."""
    run("run", quick)
    with taken_by_nobody("pipe") as nowhere:
        done = run("flow-run", "ls", "--json", stdout=nowhere)
    assert (done.returncode, done.stderr) == (1, "")
