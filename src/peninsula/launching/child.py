"""A process that was started for a flow run: in a group of its own, watched, really stopped."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final, Self

from peninsula.launching.exits import Exit, MemoryKills, exit_of

__all__ = ["Child", "began_at"]

LOOK: Final = 1.0
"""Seconds between looks at a process: what memory it has, and whether it is there still."""

FIRST_LOOK: Final = 0.05
"""Seconds until the first; each of the next takes twice as long to come, up to LOOK."""

TERMINATED: Final = 5.0
"""Seconds that a process group has after SIGTERM, before SIGKILL."""


class Child:
    """The first process of a group; what it starts is in the group, unless it leaves."""

    def __init__(self, pid: int, began: str, *, ours: bool) -> None:
        self.pid = pid
        self.began = began
        """When it was started, as the system says it: a process id alone is given again."""
        self._ours = ours
        self._since = time.monotonic()
        self._kills = MemoryKills()
        self._peak = 0
        self._ended: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        Thread(
            target=self._watch, args=(asyncio.get_running_loop(),), name=f"child-{pid}", daemon=True
        ).start()

    @classmethod
    def start(
        cls, command: Sequence[str], env: Mapping[str, str], folder: Path | None, output: Path
    ) -> Self:
        """Start a program whose output goes to a file. Raises OSError."""
        with output.open("ab") as file:
            process = subprocess.Popen(  # noqa: S603  the job's own command, and no shell
                list(command),
                env=dict(env),
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        # It is waited for here: `wait4` says what it used.
        process.returncode = 0
        return cls(process.pid, began_at(process.pid), ours=True)

    @classmethod
    def again(cls, pid: int, began: str) -> Self | None:
        """Return a process that an earlier worker has started, None if it is gone."""
        if not began or began_at(pid) != began:
            return None
        return cls(pid, began, ours=False)

    async def wait(self) -> Exit:
        """Wait for its end."""
        return await asyncio.shield(self._ended)

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        return self._ended.done()

    async def stop(self) -> Exit:
        """End its whole group: by SIGTERM, and what is left of it by SIGKILL."""
        self._signal(signal.SIGTERM)
        with suppress(TimeoutError):
            async with asyncio.timeout(TERMINATED):
                await self.wait()
        # Also when it has ended: what it has started may go on.
        self._signal(signal.SIGKILL)
        return await self.wait()

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    # --- its end, in a thread --------------------------------------------------------------------

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        ended = self._reap() if self._ours else self._await_gone()
        with suppress(RuntimeError):  # the worker has left
            loop.call_soon_threadsafe(self._set, ended)

    def _set(self, ended: Exit) -> None:
        if not self._ended.done():
            self._ended.set_result(ended)

    def _reap(self) -> Exit:
        self._look_on()
        try:
            _, status, used = os.wait4(self.pid, 0)
        except ChildProcessError:
            return Exit(seconds=self._seconds, watched=False)
        return exit_of(status, used, self._seconds, self._peak, self._kills)

    def _await_gone(self) -> Exit:
        """Wait for a process that is not our child: nobody tells its exit code."""
        if not self._look_on():
            while began_at(self.pid) == self.began:
                time.sleep(LOOK)
        kills = self._kills.evidence()
        return Exit(
            seconds=self._seconds,
            peak_memory=self._peak or None,
            out_of_memory=kills,
        )

    def _look_on(self) -> bool:
        """Note how much memory it has, until it ends: then nobody can ask.

        Returns at once, and False, where the system cannot say when that is.
        """
        try:
            descriptor = os.pidfd_open(self.pid)
        except (AttributeError, OSError):
            return False
        pause = FIRST_LOOK
        while not select.select([descriptor], [], [], pause)[0]:
            self._peak = max(self._peak, _peak_now(self.pid))
            pause = min(2 * pause, LOOK)
        os.close(descriptor)
        return True

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._since


def began_at(pid: int) -> str:
    """Return when a process was started, in a form to compare; empty if there is none."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        # The name, in parentheses, may hold anything; a zombie is a process no more.
        state, *rest = text.rpartition(")")[2].split()
    except FileNotFoundError:
        return _began_by_ps(pid) if not Path("/proc/self").exists() else ""
    except (OSError, ValueError):
        return ""
    return "" if state == "Z" else rest[18]


def _began_by_ps(pid: int) -> str:
    asked = ["/bin/ps", "-o", "lstart=", "-p", str(pid)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.strip()


def _peak_now(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    for line in text.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
