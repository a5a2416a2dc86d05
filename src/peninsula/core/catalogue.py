"""List every event the product emits: its name, when, about what, and what its payload says.

The table is the contract with whoever reads the log, and the docs show it. A test compares it with
what the code emits.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from peninsula.core.artifacts import CREATED, UPDATED
from peninsula.core.calls import CALL, CANCELLED, COMPLETED, FAILED, LOST, ROLLED_UP
from peninsula.core.runs import REAPPEARED, RunKind
from peninsula.core.states import NAMES, event_part

__all__ = ["CATALOGUE", "Entry", "names", "state_event"]


class Entry(Struct, frozen=True):
    """One row: an event name, and what an event of that name tells."""

    name: str
    when: str
    about: str
    """The resource it is about."""
    payload: str
    """The struct or the fields of its payload."""


def state_event(kind: RunKind, type_name: str) -> str:
    """Return the name of the event by which a run of that kind enters a known state name."""
    return f"peninsula.{kind.value}.{event_part(NAMES[type_name], type_name)}"


_ENTERED: Final = {
    "Scheduled": "is to start later",
    "Late": "was to start and has not",
    "AwaitingRetry": "failed and waits for its next attempt",
    "Pending": "is submitted, and waits for a thread or for the runs it depends on",
    "NotReady": "never starts, as a run it depends on did not complete",
    "Running": "starts its first attempt",
    "Retrying": "starts its next attempt",
    "Completed": "ends well",
    "Cached": "takes the result of an earlier run",
    "Failed": "ends with an exception, or with a state that says so",
    "TimedOut": "takes longer than its `timeout_seconds`, or fails with a TimeoutError",
    "Cancelled": "is cancelled, or the run it belongs to is",
    "Crashed": "ends from outside: a signal, an exit, a kill",
    "Paused": "waits for someone to resume it",
    "Suspended": "ends its process and waits for someone to resume it",
    "Cancelling": "is asked to end",
}

_OF: Final = {
    RunKind.FLOW_RUN: ("flow run", "`peninsula.flow-run.<uuid>`"),
    RunKind.TASK_RUN: ("task run", "`peninsula.task-run.<uuid>`"),
}

_STATES: Final = tuple(
    Entry(
        state_event(kind, name),
        f"A {noun} {moment}.",
        about,
        "`StateChange`; the run's first event has its `Birth` in `born`",
    )
    for kind, (noun, about) in _OF.items()
    for name, moment in _ENTERED.items()
)

_RULED: Final = (
    *(
        Entry(
            f"peninsula.{kind.value}.{REAPPEARED}",
            f"The process of a {noun} that was presumed Crashed reports again; it is as before.",
            about,
            "`StateChange`",
        )
        for kind, (noun, about) in _OF.items()
    ),
    *(
        Entry(
            f"peninsula.{kind.value}.suspect-{part}",
            f"Someone says that a suspect {says} the cause of a {noun}'s failure.",
            about,
            "`suspect` (the event), its `name` and `system`; `actor` (`id`, `name`)",
        )
        for kind, (noun, about) in _OF.items()
        for part, says in (("dismissed", "is not"), ("restored", "may after all be"))
    ),
    Entry(
        "peninsula.flow-run.deleted",
        "Someone deletes a flow run that is over, with all that was told of it and below it.",
        "`peninsula.flow-run.<uuid>`",
        "`name`, `flow` and `state` it had; `runs` that went; `actor` (`id`, `name`)",
    ),
)

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

_ARTIFACTS: Final = tuple(
    Entry(
        name,
        f"A run {does} an artifact.",
        "`peninsula.artifact.<uuid>`, with its key as name",
        "`ArtifactChange`: the body, or its `sha256` where it is large",
    )
    for name, does in ((CREATED, "makes"), (UPDATED, "changes"))
)

_VARIABLES: Final = tuple(
    Entry(
        f"peninsula.variable.{part}",
        f"Someone {does} a variable.",
        "`peninsula.variable.<uuid>`",
        "`tags`; never the value",
    )
    for part, does in (("created", "sets"), ("updated", "changes"), ("deleted", "unsets"))
)

_BLOCKS: Final = (
    *(
        Entry(
            f"peninsula.block-type.{part}",
            f"Someone {does} a block type.",
            "`peninsula.block-type.<uuid>`",
            "`slug`, `version`, `checksum`, `capabilities`",
        )
        for part, does in (("created", "registers"), ("updated", "changes"))
    ),
    *(
        Entry(
            f"peninsula.block-document.{part}",
            f"Someone {does}.",
            "`peninsula.block-document.<uuid>`, with type and name as name",
            "`type`, `schema`, `credential_version`, `expires`; never what the block holds",
        )
        for part, does in (
            ("created", "saves a block"),
            ("updated", "saves a block over the one of that name"),
            ("deleted", "deletes a block"),
            ("opened", "opens a block, or one that it is nested in: its secrets leave the server"),
        )
    ),
    Entry(
        "peninsula.encryption-key.rotated",
        "All secrets are encrypted anew by the newest key.",
        "`peninsula.encryption-key.<fingerprint>`, the newest",
        "`blocks`: how many were",
    ),
)

_DEPLOYMENTS: Final = (
    *(
        Entry(
            f"peninsula.deployment.{part}",
            f"Someone {does} a deployment.",
            "`peninsula.deployment.<uuid>`, with flow and name as name",
            "`version`, `entrypoint`, `schedules` (how many), `changed` (what)",
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
            f"peninsula.schedule.{part}",
            f"Someone {does}.",
            "`peninsula.schedule.<uuid>`, with its rule as name",
            "`rule`, `timezone`, `active`, `catchup`",
        )
        for part, does in (
            ("created", "gives a deployment a schedule"),
            ("updated", "changes a schedule"),
            ("deleted", "takes a schedule from a deployment"),
        )
    ),
    Entry(
        "peninsula.schedule.missed",
        "Moments of a schedule have passed while no server was there.",
        "`peninsula.schedule.<uuid>`, with its rule as name",
        "`rule`, `catchup`, `since`, `until`, `missed` (`more`: there were more), `kept`: that run",
    ),
)

_CONCURRENCY: Final = (
    *(
        Entry(
            f"peninsula.concurrency-limit.{part}",
            f"Someone {does} a concurrency limit.",
            "`peninsula.concurrency-limit.<uuid>`",
            payload,
        )
        for part, does, payload in (
            ("created", "makes", "`limit`, `decay`"),
            ("updated", "changes", "`limit`, `decay`"),
            ("deleted", "removes", "nothing"),
        )
    ),
    Entry(
        "peninsula.concurrency-limit.acquired",
        "A run takes slots of a concurrency limit.",
        "`peninsula.concurrency-limit.<uuid>`",
        "`slots`",
    ),
    Entry(
        "peninsula.concurrency-limit.released",
        "Slots of a concurrency limit are free again.",
        "`peninsula.concurrency-limit.<uuid>`",
        "`slots`; `lost`: their holder ended, or did not renew them",
    ),
)

_PLACE: Final = "the path or the system, else `peninsula.block-type.<type>`"

_CALLS: Final = (
    *(
        Entry(f"{CALL}<type>.<method>.{part}", moment, _PLACE, payload)
        for part, moment, payload in (
            (COMPLETED, "A method of a block, or a call of a library, returns.", "`Report`"),
            (FAILED, "It raises.", "`Report`, with `error` and `error_type`"),
            (CANCELLED, "It is interrupted: its run is cancelled, or out of time.", "`Report`"),
            (LOST, "Its process ends before it returns.", "`Report`, without `seconds`"),
            (ROLLED_UP, "So many are called that not each is told, for 10 s.", "`RollUp`"),
        )
    ),
    Entry(
        f"{CALL}{ROLLED_UP}",
        "So many kinds of calls are rolled up at a time that some are counted together.",
        "`peninsula.process.<uuid>`, the emitter",
        "`RollUp`",
    ),
)

_CONTAINER_END: Final = (
    "`container`, `exit_code`, `signal`, `reason`, `message`, `limits`, `restart`, `started`"
)

_KUBERNETES: Final = tuple(
    Entry(f"peninsula.kubernetes.{kind}.{part}", moment, f"`{address}`", payload)
    for kind, address, entries in (
        (
            "pod",
            "kubernetes://<cluster>/<namespace>/pod/<name>",
            (
                ("scheduled", "A pod of a run has a node.", "`uid`"),
                ("unschedulable", "No node takes it.", "`reason`, `message`"),
                ("pulling", "An image of it is fetched.", "`container`, `reason`, `message`"),
                ("pulled", "An image is there.", "`container`, `reason`, `message`"),
                (
                    "image-pull-failed",
                    "An image cannot be had.",
                    "`container`, `reason`, `message`",
                ),
                ("mount-failed", "A volume cannot be had.", "`reason`, `message`"),
                ("sandbox-failed", "It cannot be set up.", "`reason`, `message`"),
                (
                    "start-failed",
                    "A container cannot be started.",
                    "`container`, `reason`, `message`",
                ),
                ("started", "A container of it is started.", "`container`, `restart`"),
                ("ready", "All its containers are ready.", "`uid`"),
                ("unhealthy", "A probe fails.", "`container`, `reason`, `message`"),
                ("killing", "A container is told to end.", "`container`, `reason`, `message`"),
                ("container-completed", "A container ends with code 0.", _CONTAINER_END),
                ("container-failed", "A container ends with another code.", _CONTAINER_END),
                ("oom-killed", "A container is killed for memory.", _CONTAINER_END),
                (
                    "restart-backoff",
                    "A container is not started again yet.",
                    "`container`, `reason`",
                ),
                ("completed", "It is over, and all went well.", "`uid`"),
                ("failed", "It is over.", "`reason`, `message`; `container`, `exit_code`"),
                ("evicted", "It has to leave its node.", "`reason`, `message`"),
                ("preempted", "One of a higher priority takes its place.", "`reason`, `message`"),
                ("deadline-exceeded", "It was active for too long.", "`reason`, `message`"),
                ("node-lost", "Its node is not heard of any more.", "`reason`, `message`"),
                ("deleted", "Somebody deletes it, or it is gone.", "`uid`"),
                ("warning", "Kubernetes warns of something else.", "`reason`, `message`"),
            ),
        ),
        (
            "job",
            "kubernetes://<cluster>/<namespace>/job/<name>",
            (
                ("created", "A worker has made the Job of a run.", "`uid`"),
                ("create-failed", "Its pod may not be made.", "`reason`, `message`"),
                ("completed", "Its pod completed.", "`uid`"),
                ("failed", "It makes no pod any more.", "`reason`, `message`"),
                ("deadline-exceeded", "It was active for too long.", "`reason`, `message`"),
                ("deleted", "It is gone.", "`uid`"),
                ("warning", "Kubernetes warns of something else.", "`reason`, `message`"),
            ),
        ),
        (
            "node",
            "kubernetes://<cluster>/node/<name>",
            (
                ("ready", "A node with pods of runs is ready.", "`reason`, `message`"),
                ("unavailable", "It is not, or not heard of.", "`reason`, `message`"),
                ("memory-pressure", "It is short of memory.", "`reason`"),
                ("disk-pressure", "It is short of disk.", "`reason`"),
                ("pid-pressure", "It has too many processes.", "`reason`"),
                ("warning", "Kubernetes warns of something else.", "`reason`, `message`"),
            ),
        ),
    )
    for part, moment, payload in entries
)

CATALOGUE: Final[tuple[Entry, ...]] = (
    *_STATES,
    *_RULED,
    *_PROCESSES,
    *_LAUNCHED,
    *_TASK_WORKERS,
    *_WORK,
    *_ARTIFACTS,
    *_VARIABLES,
    *_BLOCKS,
    *_DEPLOYMENTS,
    *_CONCURRENCY,
    *_CALLS,
    *_KUBERNETES,
)
"""Every event of ours. Add a row where you add an event."""


def names() -> frozenset[str]:
    """Return the names of all events in the catalogue."""
    return frozenset(entry.name for entry in CATALOGUE)
