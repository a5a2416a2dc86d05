"""Run flow runs in processes of this machine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, ClassVar, Final

from peninsula.client.configuration import home_of
from peninsula.core.errors import ConflictError
from peninsula.core.work import Job
from peninsula.journal.lock import Lock
from peninsula.launching.launcher import Launcher
from peninsula.launching.leftovers import Leftovers
from peninsula.workers.base import BaseWorker, Launched, Narrator

__all__ = ["TEMPLATE", "ProcessWorker"]

MOST_HERE: Final = 1_000
"""Workers of one pool on one machine that find names by themselves."""

TEMPLATE: Final[dict[str, Any]] = {
    "job_configuration": {
        "command": "{{ command }}",
        "env": "{{ env }}",
        "working_dir": "{{ working_dir }}",
        "grace_seconds": "{{ grace_seconds }}",
    },
    "variables": {
        "type": "object",
        "properties": {
            "command": {
                "type": ["string", "array", "null"],
                "title": "Command",
                "description": "Started in place of `python -m peninsula flow-run execute`, by the"
                " worker's Python: a line, or a list of its words. No shell reads it.",
                "default": None,
            },
            "env": {
                "type": "object",
                "title": "Environment",
                "description": "Variables beside those of the worker; null takes one away.",
                "default": {},
            },
            "working_dir": {
                "type": ["string", "null"],
                "title": "Working directory",
                "description": "Folder that the process begins in. Not set: a new one for a run"
                " with pull steps, else the worker's.",
                "default": None,
            },
            "grace_seconds": {
                "type": "number",
                "title": "Grace",
                "description": "Seconds that a cancelled run has to end by itself.",
                "default": 30,
            },
        },
    },
}


class ProcessWorker(BaseWorker):
    """A worker whose runs are processes beside it, each in a group of its own."""

    type: ClassVar[str] = "process"
    template: ClassVar[dict[str, Any]] = TEMPLATE

    _launcher: Launcher
    _lock: Lock

    async def prepare(self) -> None:
        """Have a name of its own on this machine, as it takes back what that name has left.

        Where no name was given it is that of the host, or the first with a number that is free.
        Raises ConflictError for a name that another worker has.
        """
        pool = home_of(self.settings).workers / self.pool
        for name in (self.name, *(f"{self.name}-{number}" for number in range(2, MOST_HERE))):
            (pool / name).mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = Lock.take(pool / name / "lock", create=True)
            if lock is not None:
                self._lock, self.name = lock, name
                return
            if self.is_named:
                break
        msg = (
            f'A worker "{self.name}" of work pool "{self.pool}" is at work on this machine.'
            " Give this one another name by --name."
        )
        raise ConflictError(msg, name=self.name)

    @asynccontextmanager
    async def set_up(self) -> AsyncIterator[None]:
        """Know what an earlier worker of this name has left, and programs that served."""
        home = home_of(self.settings)
        self._launcher = Launcher(home.workers / self.pool / self.name)
        served = Leftovers(home.served(self.settings.api_url), self.api.crash_flow_run)
        served.take_over()
        try:
            yield
        finally:
            await served.stop()

    async def attend(self, job: Job, narrator: Narrator) -> Launched:
        """Start a process, and wait for its end."""
        return await self._launcher.run(job, narrator)

    async def stop(self, job: Job) -> None:
        """End the group of the process: by SIGTERM, and what is left of it by SIGKILL."""
        await self._launcher.stop(job)

    def left(self) -> Iterable[Job]:
        """Return the runs whose processes an earlier worker of this name has started."""
        return tuple(self._launcher.left())

    async def take_back(self, job: Job, narrator: Narrator) -> Launched:
        """Watch over the process from now on; of one that is gone, say so."""
        return await self._launcher.take_back(job, narrator)
