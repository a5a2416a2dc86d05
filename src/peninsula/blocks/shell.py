"""A program of this machine, or a line of shell."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from typing import Annotated, Final
from urllib.parse import quote

from pydantic import Field, SecretStr

from peninsula.blocks.base import Block
from peninsula.blocks.commands import Ended, failed, never, run_program
from peninsula.blocks.shell_lines import program_of
from peninsula.sdk.outside.around import moved
from peninsula.sdk.runs import current_run
from peninsula.sdk.telling.logs import RunLogger

__all__ = ["ShellCommand"]

_log: Final = logging.getLogger(__name__)


class ShellCommand(Block):
    """A program with its arguments, or a line of shell. Its output goes to the log of the run.

    Nothing is ever put into a command: what changes from call to call is given as further
    arguments, which a line of shell has as `"$1"`, `"$2"`, …, whatever is in them.

    >>> ShellCommand(command=["dbt", "run", "--select"]).run("orders")
    >>> ShellCommand(command='gzip -dc -- "$1" | wc -l').run(path).output
    """

    _block_type_slug = "shell-command"
    _block_type_name = "Shell Command"

    command: Annotated[list[str], Field(min_length=1)] | str
    """The program and its arguments, or a line of shell.

    Whoever is on the machine can read arguments: secrets are for `secret_env`.
    """
    env: dict[str, str] = Field(default_factory=dict)
    """Variables beside those of this process."""
    secret_env: dict[str, SecretStr] = Field(default_factory=dict)
    """More of them, which are masked in output and log."""
    working_dir: Path | None = None
    shell: str = "sh"
    """Reads a command that is a line."""
    timeout_seconds: float | None = Field(default=None, gt=0)
    """For how long it may run; then it is ended, with all that it has started."""
    stream_output: bool = True
    """Whether each line of its output and errors is logged as it comes."""

    def _system(self) -> str:
        name = program_of(self.command) or self._saved_name() or Path(self._program()).name
        return f"command://{quote(name, safe='')}"

    def _saved_name(self) -> str | None:
        return self._document_name and self._document_name.rpartition("/")[2]

    def _program(self) -> str:
        return self.shell if isinstance(self.command, str) else self.command[0]

    def run(self, *arguments: str, check: bool = True) -> Ended:
        """Run it to its end, and return its exit code and the lines of its output and errors.

        Args:
            arguments: Go after those of the block.
            check: Whether another exit code than 0 is an error.

        Raises:
            CommandError: It failed; the error says how, and what it said last.
            CommandTimeoutError: It took longer than `timeout_seconds`.
            NotFoundError: There is no such program or folder.
        """
        return self._run(arguments, check=check, stopped=never)

    async def arun(self, *arguments: str, check: bool = True) -> Ended:
        """Do what `run` does, in a coroutine. If that is cancelled, the program is ended."""
        stopped = Event()
        running = asyncio.create_task(
            asyncio.to_thread(self._run, arguments, check=check, stopped=stopped.is_set)
        )
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            stopped.set()
            await asyncio.wait([running])
            raise

    def _run(
        self, arguments: tuple[str, ...], *, check: bool, stopped: Callable[[], bool]
    ) -> Ended:
        ended = run_program(
            [*self._command(), *arguments],
            env=self._environment(),
            cwd=None if self.working_dir is None else self.working_dir.expanduser().absolute(),
            timeout=self.timeout_seconds,
            line=_logs() if self.stream_output else None,
            stopped=stopped,
        )
        moved(bytes=ended.size)
        if check and ended.exit_code and not stopped():
            raise failed(self._program(), ended)
        return ended

    def _command(self) -> list[str]:
        if isinstance(self.command, str):
            # The shell's own name goes before the arguments: it is "$0".
            return [self.shell, "-c", self.command, self.shell]
        return self.command

    def _environment(self) -> Mapping[str, str]:
        secret = {name: value.get_secret_value() for name, value in self.secret_env.items()}
        return os.environ | self.env | secret


def _logs() -> Callable[[str], None]:
    run = current_run()
    logger = _log if run is None else RunLogger(run)
    return lambda line: logger.info("%s", line)
