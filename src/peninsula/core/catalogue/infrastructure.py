"""Events of what runs need to run: processes, task workers, work pools and their workers."""

from __future__ import annotations

from typing import Final

from peninsula.core.catalogue.entries import Entry

__all__ = ["INFRASTRUCTURE"]

_PROCESSES: Final = (
    Entry(
        "peninsula.process.records-dropped",
        "A process could not keep records, or they are gone: a disk was full, a limit reached.",
        "`peninsula.process.<uuid>`, the emitter",
        "`reason`, `dropped` (how many of each kind), `since`",
    ),
    Entry(
        "peninsula.process.record-rejected",
        "A server refuses records of a process; they are put aside in `rejected/` of its home.",
        "`peninsula.process.<uuid>`, the emitter",
        "`count`; `number`, `code` and `message` of the first",
    ),
)

_LAUNCHED: Final = tuple(
    Entry(
        f"peninsula.process.{part}",
        moment,
        "`peninsula.process.<uuid>`, the process of a flow run",
        payload,
    )
    for part, moment, payload in (
        ("created", "A worker makes a process for a flow run.", "`command`, `folder`, `start`"),
        ("started", "It runs.", "`pid`"),
        (
            "exited",
            "It has ended.",
            "`code` or `signal`, `seconds`, `cpu_seconds`, `peak_memory` in bytes",
        ),
        (
            "out-of-memory",
            "The kernel has killed it for want of memory.",
            "`evidence`, `peak_memory` in bytes",
        ),
    )
)

_TASK_WORKERS: Final = tuple(
    Entry(
        f"peninsula.task-worker.{part}",
        f"A task worker {does} serving background tasks.",
        "`peninsula.task-worker.<uuid>`, with host and process id as name",
        "`tasks`: names; `limit`: the most runs at once",
    )
    for part, does in (("started", "begins"), ("stopped", "ends"))
)

_POOL: Final = "`type`, `paused`, `concurrency_limit`"
_QUEUE: Final = "`priority`, `paused`, `concurrency_limit`"

_WORK: Final = (
    *(
        Entry(
            f"peninsula.{kind}.{part}",
            f"Someone {does} a {kind.replace('-', ' ')}.",
            about,
            payload,
        )
        for kind, about, payload in (
            ("work-pool", "`peninsula.work-pool.<uuid>`, with its name", _POOL),
            ("work-queue", "`peninsula.work-queue.<pool>.<name>`", _QUEUE),
        )
        for part, does in (
            ("created", "makes"),
            ("updated", "changes"),
            ("paused", "pauses"),
            ("resumed", "resumes"),
            ("deleted", "deletes"),
        )
    ),
    *(
        Entry(
            f"peninsula.worker.{part}",
            moment,
            "`peninsula.worker.<uuid>`, with its name",
            "`type`, `limit`, `version`",
        )
        for part, moment in (
            ("started", "A worker begins to take runs from its work pool, or does so again."),
            ("draining", "A worker takes no more runs, and lets those that it has end."),
            ("stopped", "A worker ends."),
            ("lost", "Nothing was heard of a worker for a minute."),
        )
    ),
)

INFRASTRUCTURE: Final = (*_PROCESSES, *_LAUNCHED, *_TASK_WORKERS, *_WORK)
