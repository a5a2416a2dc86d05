"""Tell a server of the end of a process that a program has started for a run."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeAlias
from uuid import UUID

from peninsula.core.errors import ConflictError, NotFoundError
from peninsula.core.work import Crash, Job
from peninsula.journal import emitter
from peninsula.launching.launcher import Launched

__all__ = ["TellCrash", "tell_end"]

TellCrash: TypeAlias = Callable[[UUID, Crash], Awaitable[object]]
"""Says to the server how the process of a run ended."""


async def tell_end(job: Job, launched: Launched, tell_crash: TellCrash) -> None:
    """Say how its process ended; nothing happens where the run has told its own end."""
    if launched.well:
        return
    # What it follows is to be known first.
    await asyncio.to_thread(emitter.current().flush)
    told = Crash(
        emitter=emitter.current().id,
        start=job.start,
        message=launched.message,
        follows=launched.follows,
        unreached=launched.unreached,
    )
    with suppress(NotFoundError, ConflictError):
        await tell_crash(job.run, told)
