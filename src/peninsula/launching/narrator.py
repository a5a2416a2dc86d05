"""Tell of a flow run what its engine cannot: who took it, what was started, how that ended."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from msgspec import Raw

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.ids import uuid7
from peninsula.core.records import LogLine
from peninsula.core.resources import own
from peninsula.core.work import Job
from peninsula.journal import emitter

__all__ = ["OUTPUT", "WORKER", "Narrator"]

WORKER: Final = "peninsula.worker"
"""Logger of what a worker does for a run."""

OUTPUT: Final = "peninsula.process"
"""Logger of what its process prints beside the engine's own log."""

_log = logging.getLogger(WORKER)


class Narrator:
    """Writes into the log of one run, and tells events of it, in the name of this process."""

    def __init__(self, job: Job, related: tuple[Related, ...] = ()) -> None:
        """Tell of that run; each event names what is related: the worker, the pool."""
        self.job = job
        self._related = related + _deployment(job)

    def say(self, message: str, level: int = logging.INFO) -> None:
        """Say in the log of the run what is done for it, and in this process's terminal."""
        _log.log(level, "%s (%s): %s", self.job.name, self.job.flow or self.job.run, message)
        self.lines([message], WORKER, level)

    def lines(self, texts: Iterable[str], logger: str = OUTPUT, level: int = logging.INFO) -> None:
        """Write lines into the log of the run."""
        journal = emitter.current()
        told = [
            LogLine(time=journal.micros(), level=level, logger=logger, message=text)
            for text in texts
        ]
        if told:
            journal.log(self.job.run, self.job.run, told)

    def tell(
        self,
        event: str,
        about: Resource,
        payload: Mapping[str, Any],
        *,
        follows: UUID | None = None,
        related: tuple[Related, ...] = (),
    ) -> UUID:
        """Tell an event that happened in the run; return its id, for what follows it."""
        id_ = uuid7(time.time_ns() // 1000, os.urandom(8))
        journal = emitter.current()
        journal.emit(
            Event(
                id=id_,
                occurred=journal.now(),
                event=event,
                resource=about,
                related=self._related + related,
                payload=Raw(codec.encode(dict(payload))),
                follows=follows,
            ),
            run=self.job.run,
            root=self.job.run,
        )
        return id_


def _deployment(job: Job) -> tuple[Related, ...]:
    if job.deployment is None:
        return ()
    return (Related(id=own("deployment", job.deployment), role="deployment"),)
