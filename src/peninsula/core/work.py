"""Work: pools of it, the workers that take it, and what each of them is told and asked."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID, uuid5

from msgspec import Meta, Raw, Struct

from peninsula.core import limits
from peninsula.core.errors import InvalidError

__all__ = [
    "COMMAND",
    "DEFAULT_QUEUE",
    "LAST_WORDS",
    "MOST_JOBS",
    "PAUSE_INPUT",
    "PAUSE_KEY",
    "PAUSE_TIMEOUT",
    "PROCESS_ID",
    "RUN_ID",
    "RUN_START",
    "SILENT",
    "UNHEARD",
    "UNREACHED",
    "UNTOLD",
    "Begin",
    "Crash",
    "Heartbeat",
    "Job",
    "Jobs",
    "PoolType",
    "WorkPool",
    "WorkQueue",
    "WorkWanted",
    "Worker",
    "WorkerStatus",
    "check_name",
    "claimed_event",
]

DEFAULT_QUEUE: Final = "default"
"""Each pool has it; a deployment that names none is in it."""

MOST_JOBS: Final = 1_000
"""Runs that one worker may have at once."""

SILENT: Final = 60.0
"""Seconds without a heartbeat after which a worker is offline."""

RUN_ID: Final = "PENINSULA_FLOW_RUN_ID"
RUN_START: Final = "PENINSULA_FLOW_RUN_START"
"""Variables by which a worker tells the process that it starts which run that is for."""

PROCESS_ID: Final = "PENINSULA_PROCESS_ID"
"""The emitter that the process is to be, where its worker tells of it by that id."""

PAUSE_KEY: Final = "pause_key"
PAUSE_TIMEOUT: Final = "pause_timeout"
PAUSE_INPUT: Final = "input"
"""Details of a state in which a run waits for people: which of its pauses it is, until when it
waits (ISO 8601), and what it asks for (`schema`, `description`)."""

SUSPENSION: Final = "suspension"
"""Detail of the state Suspended: the id of the command by which that was asked for."""

COMMAND: Final = ("-m", "peninsula", "flow-run", "execute")
"""What Python is started with for a run."""

UNREACHED: Final = 75
"""Exit code of it where no server answered within `wait_timeout`, so that it did not begin the run.

EX_TEMPFAIL of sysexits.h: to be tried again.
"""

UNHEARD: Final = 74
"""Exit code of it where no server took how the run ended within `outlast_timeout`.

EX_IOERR of sysexits.h. A flow may end by it, too: the words that it leaves tell them apart.
"""

LAST_WORDS: Final = "PENINSULA_LAST_WORDS"
"""Environment variable: the file for what a process says that cannot tell how its run ended."""

UNTOLD: Final = "How the run ended is lost"
"""What that begins with."""

LARGEST: Final = 1 << 30

Name = Annotated[str, Meta(min_length=1, max_length=limits.NAME_CHARS)]
Limit = Annotated[int, Meta(ge=0, le=LARGEST)]
Priority = Annotated[int, Meta(ge=1, le=LARGEST)]
Start = Annotated[int, Meta(ge=1, lt=LARGEST)]

PoolType = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=100)]
"""What its workers start: `process`, `kubernetes`, or another."""


class WorkerStatus(StrEnum):
    """Whether a worker takes runs."""

    ONLINE = "online"
    DRAINING = "draining"
    """It lets those that it has end, and takes no more."""
    OFFLINE = "offline"


# --- what there is -------------------------------------------------------------------------------


class WorkPool(Struct, frozen=True, kw_only=True):
    """Where runs wait for workers of one type, and how these start them."""

    id: UUID
    name: str
    type: str
    description: str | None
    base_job_template: Raw
    """JSON: `job_configuration` with placeholders, and the `variables` that fill them."""
    paused: bool
    concurrency_limit: int | None
    """The most of its runs that may be under way; None is any number."""
    created: datetime
    updated: datetime
    online: int
    """Workers that take runs now."""
    running: int
    """Runs that were taken and are not over."""
    waiting: int
    """Runs that are due and wait for a worker."""
    late: int
    """Those of them that wait for too long."""


class WorkQueue(Struct, frozen=True, kw_only=True):
    """One of the queues of a work pool."""

    id: UUID
    pool: str
    name: str
    priority: int
    """1 is taken from first."""
    concurrency_limit: int | None
    paused: bool
    running: int
    waiting: int


class Worker(Struct, frozen=True, kw_only=True):
    """A process that takes runs from a pool, as it last told of itself."""

    id: UUID
    pool: str
    name: str
    type: str
    host: str
    version: str
    limit: int | None
    """The most runs that it has at once."""
    last_heartbeat: datetime
    status: WorkerStatus
    running: int
    """Runs that it has."""
    process: UUID
    """The emitter it tells by: `peninsula.process.<uuid>`."""
    created: datetime


# --- what a worker says and asks -----------------------------------------------------------------


class Heartbeat(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A worker that says that it is there, and what it has."""

    emitter: UUID
    """Its process."""
    name: Name
    type: PoolType
    host: Annotated[str, Meta(max_length=limits.NAME_CHARS)] = ""
    version: Annotated[str, Meta(max_length=limits.NAME_CHARS)] = ""
    limit: Annotated[int, Meta(ge=1, le=MOST_JOBS)] | None = None
    status: WorkerStatus = WorkerStatus.ONLINE
    runs: Annotated[dict[UUID, Start], Meta(max_length=MOST_JOBS)] = {}
    """Runs whose process it watches over, each with the latest start that it has; also those that
    it took back after a restart."""


class WorkWanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a worker asks for."""

    emitter: UUID
    """Its process."""
    worker: Name
    queues: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()
    """Names of the queues it serves; none is all."""
    limit: Annotated[int, Meta(ge=1, le=MOST_JOBS)] = 1
    """The most runs it takes now."""
    seen: Annotated[int, Meta(ge=0, lt=1 << 62)] = 0
    """Stamp of the last answer that reached it: what it was given later is given again."""
    wait: Annotated[float, Meta(ge=0, le=60)] = 0.0
    """Seconds to wait for a run, if there is none."""


class Job(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a worker, and then the process it starts, needs to know of a run."""

    run: UUID
    start: int
    """Fencing number: which start of the run this is."""
    name: str
    """Of the run."""
    flow: str | None = None
    deployment: UUID | None = None
    deployment_name: str | None = None
    version: str | None = None
    """Of the deployment, when the run was made."""
    parent: UUID | None = None
    """The run that asked for it."""
    created: datetime | None = None
    expected: datetime
    """The moment that it is for: of a backfill, one that passed long ago."""
    due: datetime | None = None
    """When it is to start."""
    queue: str | None = None
    entrypoint: str | None = None
    """`flows/etl.py:nightly`, or `package.module:nightly`."""
    path: str | None = None
    """The folder that a file of the entrypoint is in."""
    pull_steps: Raw
    """JSON: how the code gets there."""
    parameters: Raw
    configuration: Raw
    """The pool's job template, filled in."""
    claimed: UUID
    """The event by which it was claimed: what the worker tells of it follows that.

    Of each start another one, so whoever has jobs knows them by it: a process may go on for a
    while when the next start of its run has begun.
    """
    retry: bool = False
    """What it finished in an earlier start is not done again, where its results were kept."""
    tags: tuple[str, ...] = ()
    key: str | None = None
    """An API key for this run alone."""


class Jobs(Struct, frozen=True, kw_only=True):
    """The answer to a worker that asks."""

    stamp: int
    """What its process tells of them comes after this."""
    jobs: tuple[Job, ...] = ()


class Begin(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A started process that says that it runs the run from now on."""

    emitter: UUID
    start: Start


class Crash(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That the process of a run has ended without a word of how the run ended."""

    emitter: UUID
    """Of the worker that saw it."""
    start: Start
    message: Annotated[str, Meta(min_length=1, max_length=4_000)]
    follows: UUID | None = None
    """The event that tells of the end: an exit, a kill for memory."""
    explains: bool = False
    """It says why the process got the signal by which it says itself that it Crashed."""
    unreached: bool = False
    """Its exit code is that of a process that found no server and did not begin the run.

    It is given back, to be claimed anew, unless it was begun all the same or that came too often.
    """


NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$"


def check_name(name: str, noun: str) -> None:
    """Refuse a name that an address could not carry. Raises InvalidError."""
    if not re.fullmatch(NAME[1:-1], name) or len(name) > limits.NAME_CHARS:
        msg = (
            f"The {noun} cannot be called {name[:100]!r}. Begin with a letter or digit; go on with"
            " those, spaces and . _ -."
        )
        raise InvalidError(msg)


def claimed_event(run: UUID, start: int) -> UUID:
    """Return the id of the event by which that start of a run is claimed: there is one at most."""
    return uuid5(run, f"claimed {start}")
