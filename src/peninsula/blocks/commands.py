"""Run a program: read its output line by line as it comes, and end it when it must end."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from peninsula.core.errors import NotFoundError, PeninsulaError
from peninsula.sdk.interrupting.interrupts import Shielded

__all__ = ["CommandError", "CommandTimeoutError", "Ended", "failed", "never", "run_program"]

LOOK: Final = 0.5
"""Seconds after which it is looked whether the program is over though its output is still open."""
GRACE: Final = 5.0
"""Seconds that a program has to end by itself when it is told to, before it is killed."""
CHUNK: Final = 65_536
"""Bytes that a pipe holds: one read has all that is there."""
LAST: Final = 5
"""Lines of what a program said last that are in the message of its failure."""


class CommandError(PeninsulaError):
    """A program ended with another code than 0."""

    code = "command"


class CommandTimeoutError(CommandError, TimeoutError):
    """A program ran for longer than it had time."""

    code = "command-timeout"


class Ended(NamedTuple):
    """How a program ended, and what it wrote."""

    exit_code: int
    """Negative for the signal that ended it."""
    output: list[str]
    errors: list[str]
    """Lines of its standard error."""
    size: int
    """Bytes of both."""


def never() -> bool:
    """Stop for nothing."""
    return False


def run_program(
    arguments: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path | None = None,
    timeout: float | None = None,
    line: Callable[[str], None] | None = None,
    stopped: Callable[[], bool] = never,
) -> Ended:
    """Run a program to its end; no shell reads the arguments.

    It leads a process group of its own. Where the caller is interrupted, or its time is up, the
    whole group ends. What it leaves running in the background when it ends well stays.

    Args:
        arguments: The program, found on the PATH of `env`, and what it is given.
        env: Its whole environment.
        cwd: Folder to run it in.
        timeout: Seconds that it has.
        line: Is given each line of output and errors when it comes.
        stopped: Tells, now and then, whether to end it. What is returned then is of no use.

    Raises:
        NotFoundError: There is no such program or folder.
        CommandTimeoutError: It took longer than `timeout`.
    """
    process: subprocess.Popen[bytes] | None = None
    try:
        # What interrupts waits until it is known which process to end.
        with Shielded():
            process = _start(arguments, env, cwd)
        return _follow(process, arguments[0], timeout, line, stopped)
    except BaseException:
        if process is not None:
            with Shielded():
                _end(process)
        raise


def _start(
    arguments: Sequence[str], env: Mapping[str, str], cwd: Path | None
) -> subprocess.Popen[bytes]:
    if cwd is not None and not cwd.is_dir():
        msg = f"There is no folder {cwd} to run {arguments[0]} in. Make it first."
        raise NotFoundError(msg)
    try:
        return subprocess.Popen(  # noqa: S603  the caller's program; no shell reads it
            arguments,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (FileNotFoundError, NotADirectoryError):
        where = "" if "/" in arguments[0] else " on PATH"
        msg = f"There is no program {arguments[0]!r}{where}. Install it, or write its whole path."
        raise NotFoundError(msg) from None


def _follow(
    process: subprocess.Popen[bytes],
    program: str,
    timeout: float | None,
    line: Callable[[str], None] | None,
    stopped: Callable[[], bool],
) -> Ended:
    """Read what a program writes until it is over, and return how it ended."""
    deadline = None if timeout is None else time.monotonic() + timeout
    with closing(_Streams(process, line)) as streams:
        more = True
        while more or process.poll() is None:
            if stopped():
                _end(process)
            elif deadline is not None and time.monotonic() >= deadline:
                msg = f"{program} ran for longer than its {timeout:g} s and was ended."
                raise CommandTimeoutError(msg)
            more = streams.read(_left(deadline))
    return Ended(process.returncode, *streams.lines, streams.size)


def _left(deadline: float | None) -> float:
    return LOOK if deadline is None else min(LOOK, max(0.0, deadline - time.monotonic()))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and all that it has started: first it is told to, then it is killed."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Streams:
    """Output and errors of a program, read as they come."""

    def __init__(
        self, process: subprocess.Popen[bytes], line: Callable[[str], None] | None
    ) -> None:
        self.lines: tuple[list[str], list[str]] = ([], [])
        self._process = process
        self._tell = line
        self.size = 0
        self._begun: dict[Any, bytes] = {}
        self._selector = selectors.DefaultSelector()
        for pipe, lines in zip((process.stdout, process.stderr), self.lines, strict=True):
            self._selector.register(_pipe(pipe), selectors.EVENT_READ, lines)

    def read(self, wait: float) -> bool:
        """Read what is there, or comes within that time; tell whether more may come."""
        # A program in the background may write for ever: what is there at this one's end counts.
        over = self._process.poll() is not None
        if not self._selector.get_map():
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(wait)
            return False
        for key, _ in self._selector.select(0 if over else wait):
            self._take(key.fileobj, key.data, os.read(key.fd, CHUNK))
        return not over

    def _take(self, pipe: Any, lines: list[str], data: bytes) -> None:
        self.size += len(data)
        *whole, rest = (self._begun.pop(pipe, b"") + data).split(b"\n")
        if not data:
            self._selector.unregister(pipe)
            whole += [rest] if rest else []
        elif rest:
            self._begun[pipe] = rest
        for each in whole:
            self._add(lines, each)

    def _add(self, lines: list[str], line: bytes) -> None:
        lines.append(text := line.decode(errors="replace").rstrip("\r"))
        if self._tell is not None:
            self._tell(text)

    def close(self) -> None:
        """Let go of the pipes; what was begun of a line is one."""
        for key in list(self._selector.get_map().values()):
            if rest := self._begun.pop(key.fileobj, b""):
                self._add(key.data, rest)
        self._selector.close()
        for pipe in (self._process.stdout, self._process.stderr):
            _pipe(pipe).close()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None, "Both were asked for."  # noqa: S101  for the type checker
    return pipe


def failed(program: str, ended: Ended) -> CommandError:
    """Return the error of a program that failed, with what it said last."""
    how = (
        f"exit code {ended.exit_code}"
        if ended.exit_code >= 0
        else f"signal {_signal(-ended.exit_code)}"
    )
    said = [each for each in ended.errors or ended.output if each.strip()][-LAST:]
    more = ": " + "\n".join(said) if said else ", and said nothing."
    msg = f"{program} ended with {how}{more}"
    return CommandError(msg, exit_code=ended.exit_code)


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)
