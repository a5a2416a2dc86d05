"""Say what of a task run is sent to another process, and what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from msgspec import Struct, structs

from peninsula.core.errors import SerializationError
from peninsula.core.runs import RunKind
from peninsula.journal import masking
from peninsula.sdk.remote import packing
from peninsula.sdk.remote.sourced import Sourced, pack, sourced
from peninsula.sdk.results.transactions import holders
from peninsula.sdk.runs import Deployed, FlowRun, Run, TaskRun, current_tags
from peninsula.sdk.states import State
from peninsula.sdk.telling import traces

if TYPE_CHECKING:
    from peninsula.sdk.tasks import Task

__all__ = ["Answer", "Around", "Parcel", "pack_around", "pack_deferred", "pack_run"]


class Around(Struct, frozen=True, kw_only=True):
    """A run around the one that is sent, as far as the code inside may ask for it."""

    kind: RunKind
    id: UUID
    name: str
    definition: str
    """Name of the flow or task. The function stays: what it refers to may not be sendable."""
    version: str | None
    result_storage: Any
    result_serializer: Any
    parameters: dict[str, Any]
    tags: frozenset[str]
    start_time: datetime | None
    run_count: int
    log_prints: bool
    persists: bool
    deployed: Deployed | None = None
    """Of a flow run that a deployment made."""
    trace: Mapping[str, str] | None = None
    """Where its span is, if it has one."""


class Parcel(Struct, frozen=True, kw_only=True):
    """A task run on its way to another process. Its futures are over, its birth is told."""

    stamp: int
    """What is told there comes after all that was told here."""
    id: UUID
    name: str
    key: str | None
    tags: frozenset[str]
    run_tags: frozenset[str]
    """Of `with tags(…)` around the submit: runs inside get them."""
    persists: bool
    task: Task[..., Any] | None
    """None of a background run: its worker has the task."""
    parameters: Sourced
    around: bytes
    """The runs around it, the innermost first; packed once for all tasks of a flow run."""
    holders: tuple[str, ...] = ()
    """In whose names the transactions around the submit hold their locks."""
    secrets: tuple[str, ...] = ()
    """What is to be masked there, too. A parcel that is kept has none."""


class Answer(Struct, frozen=True, kw_only=True):
    """How it went there."""

    stamp: int = 0
    refused: str | None = None
    """Why it was not even begun."""
    state: State | None = None
    data: bytes = b""
    """The state's, packed: what it returned or raised."""
    marks: dict[str, Any] = {}
    """What is noted on the exception, which pickles may leave out."""
    start_time: datetime | None = None
    run_count: int = 0


class Unsent(Struct, frozen=True):
    """Stands for a parameter of a flow run that could not be sent with its tasks."""

    reason: str


def pack_run(run: TaskRun, around: bytes, stamp: int) -> bytes:
    """Return the parcel. Raises SerializationError naming what cannot be sent."""
    parcel = _parcel(run, run.definition, around, stamp)
    parcel = structs.replace(parcel, holders=holders(), secrets=masking.known())
    return _pack(run, parcel, "run the task with ThreadPoolTaskRunner()")


def pack_deferred(run: TaskRun, stamp: int) -> bytes:
    """Return the parcel of a background run. Raises SerializationError as `pack_run` does."""
    parcel = _parcel(run, None, pack_around(run.parent), stamp)
    return _pack(run, parcel, "call the task itself")


def _parcel(run: TaskRun, task: Task[..., Any] | None, around: bytes, stamp: int) -> Parcel:
    return Parcel(
        stamp=stamp,
        id=run.id,
        name=run.name,
        key=run.key,
        tags=run.tags,
        run_tags=current_tags(),
        persists=run.persists,
        task=task,
        parameters=sourced(run.parameters, run.root.results),
        around=around,
    )


def _pack(run: TaskRun, parcel: Parcel, instead: str) -> bytes:
    """Return the bytes. Raises SerializationError that says what to do instead."""
    try:
        return pack(parcel.parameters, lambda sent: structs.replace(parcel, parameters=sent))
    except SerializationError as problem:
        msg = f"{_blamed(run, problem)} Make it inside of the task, or {instead}."
        raise SerializationError(msg) from None


def _blamed(run: TaskRun, problem: SerializationError) -> str:
    what, reason = f"The {run.definition.titled}", problem.message
    for name, value in run.parameters.items():
        if (found := packing.why_not(value)) is not None:
            what, reason = f'The parameter "{name}" of the {run.definition.titled}', found
            break
    return f"{what} cannot be sent to another process: {reason}."


def pack_around(run: Run | None) -> bytes:
    """Return the run and those around it, the innermost first, as bytes."""
    found = []
    each = run
    while each is not None:
        found.append(_around(each))
        each = each.parent
    return packing.dumps(found)


def _around(run: Run) -> Around:
    definition = run.definition
    return Around(
        kind=run.kind,
        id=run.id,
        name=run.name,
        definition=definition.name,
        version=definition.version,
        result_storage=definition.result_storage,
        result_serializer=definition.result_serializer,
        parameters={name: _sendable(value) for name, value in run.parameters.items()},
        tags=run.tags,
        start_time=run.start_time,
        run_count=run.run_count,
        log_prints=run.log_prints,
        persists=run.persists,
        deployed=run.deployed if isinstance(run, FlowRun) else None,
        trace=traces.carried(run),
    )


def _sendable(value: Any) -> Any:
    # Most tasks never look at the parameters of their flow, so what cannot be sent harms nobody.
    reason = packing.why_not(value)
    return value if reason is None else Unsent(reason)
