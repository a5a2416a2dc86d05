"""Watch over the processes of programs that served deployments and were killed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Final, Self
from uuid import uuid4

from peninsula.core.work import Job
from peninsula.journal.lock import Lock
from peninsula.launching.launcher import Launcher
from peninsula.launching.narrator import Narrator
from peninsula.launching.telling import TellCrash, tell_end

__all__ = ["Leftovers", "NotesFolder"]

_LOCK: Final = ".lock"

_log = logging.getLogger("peninsula.serving")


class NotesFolder:
    """Where a program keeps its notes: nobody else has it as long as that program lives."""

    def __init__(self, path: Path, lock: Lock) -> None:
        """Take over a folder that is locked; `take` gives one."""
        self.path = path
        self._lock = lock

    @classmethod
    def make(cls, served: Path) -> Self:
        """Return a new one."""
        made = cls.take(served / str(uuid4()))
        assert made is not None  # noqa: S101  nobody else knows its name
        return made

    @classmethod
    def take(cls, path: Path) -> Self | None:
        """Return the folder, which need not be there yet; None while another program has it."""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # Beside it: so there is no moment in which it is there and seems to be nobody's.
        lock = Lock.take(path.with_suffix(_LOCK), create=True)
        return None if lock is None else cls(path, lock)

    def leave(self) -> None:
        """Let go of what is in it, for the next program. Safe twice."""
        self._lock.release()

    def remove(self) -> None:
        """Remove it: all in it is told."""
        rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            self.path.with_suffix(_LOCK).unlink(missing_ok=True)
        self.leave()


class Leftovers:
    """What programs have left that served deployments of one server in this home."""

    def __init__(self, served: Path, tell_crash: TellCrash) -> None:
        """Look into that folder, `Home.served`; have crashes told so."""
        self._served = served
        self._tell_crash = tell_crash
        self._watching: set[asyncio.Task[None]] = set()

    def take_over(self) -> None:
        """Watch over their processes from now on, and tell what became of them."""
        for path in sorted(path for path in self._served.glob("*") if path.is_dir()):
            folder = NotesFolder.take(path)
            if folder is not None:
                self._watching.add(asyncio.create_task(self._finish(folder)))

    async def stop(self) -> None:
        """Leave what goes on to the next program. Safe twice."""
        for task in self._watching:
            task.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)

    async def _finish(self, folder: NotesFolder) -> None:
        try:
            launcher = Launcher(folder.path)
            async with asyncio.TaskGroup() as group:
                for job in launcher.left():
                    group.create_task(self._to_its_end(launcher, job))
            folder.remove()
        finally:
            folder.leave()

    async def _to_its_end(self, launcher: Launcher, job: Job) -> None:
        try:
            await tell_end(job, await launcher.take_back(job, Narrator(job)), self._tell_crash)
        except Exception:  # noqa: BLE001  it is logged whole, and the others are watched over
            _log.exception("The end of %s, which another program has begun, is not told.", job.name)
