"""Ask the server for the run that this process was started for: it is begun once."""

from __future__ import annotations

import os
import time
from typing import Final
from uuid import UUID

from msgspec import Struct

from peninsula.client.configuration import home_of
from peninsula.client.destination import destination
from peninsula.client.port import Port
from peninsula.core.errors import InvalidError, UnavailableError
from peninsula.core.work import PROCESS_ID, RUN_ID, RUN_START, Begin, Job
from peninsula.journal import emitter
from peninsula.journal.backoff import pause_until
from peninsula.sdk.settings import settings

__all__ = ["Assignment", "assignment", "begin"]

ANSWER: Final = 30.0
"""Seconds that an answer may take."""


class Assignment(Struct, frozen=True):
    """What a worker has started this process for."""

    run: UUID
    start: int
    process: UUID | None
    """The emitter that it is to be, where the worker tells of it by that."""


def assignment() -> Assignment:
    """Return what the environment says, and take it out: programs that are begun here have none.

    Raises InvalidError where no worker has started this process.
    """
    run, start = os.environ.pop(RUN_ID, None), os.environ.pop(RUN_START, None)
    process = os.environ.pop(PROCESS_ID, None)
    if run is None or start is None:
        msg = (
            f"{RUN_ID} and {RUN_START} are not set: workers start this command, and set them."
            ' Run a deployment by "peninsula deployment run", or a flow by "peninsula run".'
        )
        raise InvalidError(msg)
    try:
        return Assignment(UUID(run), int(start), None if process is None else UUID(process))
    except ValueError:
        msg = f"{RUN_ID}={run!r} and {RUN_START}={start!r} are no run and no start."
        raise InvalidError(msg) from None


def begin(assigned: Assignment) -> Job:
    """Begin the run. While the server is away, wait for it, `wait_timeout` s at most.

    Raises ConflictError or NotFoundError where it is not to be begun, UnavailableError, and others.
    """
    found = settings()
    told = Begin(emitter=emitter.current().id, start=assigned.start)
    port = Port(lambda: destination(found, home_of(found)), ANSWER)
    deadline = time.monotonic() + found.wait_timeout
    failures = 0
    try:
        while True:
            try:
                return port.begin(assigned.run, told)
            except UnavailableError:
                failures += 1
                pause = pause_until(deadline, failures)
                if pause is None:
                    raise
                time.sleep(pause)
    finally:
        port.close()
