"""Hold a key that is for one run to that run: what it sends is about nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from msgspec import Raw
from sqlalchemy import Connection, select

from peninsula.core import codec
from peninsula.core.artifacts import artifact_id, is_artifact_event
from peninsula.core.errors import ForbiddenError, PeninsulaError
from peninsula.core.events import Event
from peninsula.core.records import Batch, EventRecord, LogRecord, Record, UnknownRecord
from peninsula.core.resources import run_uuid
from peninsula.core.runs import StateChange, is_state_event
from peninsula.server.storage import bulk, intake, tables
from peninsula.server.storage.database import Database
from peninsula.server.storage.read import subtree

__all__ = ["check_batch", "check_holder", "is_below"]


async def check_batch(database: Database, batch: Batch, run: UUID) -> None:
    """Raise ForbiddenError when a batch is another process's, or says a word of another run."""
    runs: set[UUID] = set()
    artifacts: set[UUID] = set()
    for raw in batch.records:
        record = _decoded(raw)
        if isinstance(record, EventRecord | LogRecord):
            runs.update(_named(record, run))
        if isinstance(record, EventRecord):
            artifacts.update(_artifact(record.event))
    await database.read(_refuse_others, run, batch.process.emitter, runs, artifacts)


async def check_holder(
    database: Database, emitter: UUID | None, run: UUID, holder: UUID | None = None
) -> None:
    """Raise ForbiddenError when a process or a run that is to hold something is not the run's."""
    runs = [holder] if holder is not None else []
    await database.read(_refuse_others, run, emitter, runs, ())


async def is_below(database: Database, run: UUID, own: UUID) -> bool:
    """Tell whether a run is another, or below it: in its tree, or asked for from there."""
    return run == own or own in await database.read(subtree.ancestors, run)


# --- what is said --------------------------------------------------------------------------------


def _decoded(raw: Raw) -> Record | UnknownRecord | None:
    try:
        return codec.decode_record(raw)
    except PeninsulaError:
        return None  # intake refuses it, with the reason


def _named(record: EventRecord | LogRecord, run: UUID) -> Iterable[UUID]:
    """Yield the runs that a record speaks for or of. Raises ForbiddenError for another's tree."""
    about = run_uuid(record.event.resource.id) if isinstance(record, EventRecord) else None
    spoken = {record.run, UUID(about[1]) if about is not None else None} - {None, run}
    # Without a root a run that nobody knows would be the top of a tree of its own.
    if record.root not in ({run} if spoken else {run, None}):
        raise _foreign(run)
    yield from (one for one in spoken if one is not None)
    if about is not None and isinstance(record, EventRecord):
        yield from _born(record.event, UUID(about[1]), run)


def _born(event: Event, about: UUID, run: UUID) -> Iterable[UUID]:
    """Yield the runs that a birth hangs a run on: the projections believe it, not the record."""
    if not is_state_event(event.event):
        return
    try:
        born = codec.decode(StateChange, event.payload).born
    except PeninsulaError:
        return  # intake refuses it, with the reason
    if born is None:
        return
    if born.root not in ({run, None} if about == run else {run}):
        raise _foreign(run)
    if born.parent is not None:
        yield born.parent
    yield from (upstream.run for upstream in born.upstream)


def _artifact(event: Event) -> Iterable[UUID]:
    if is_artifact_event(event.event):
        try:
            yield artifact_id(event.resource.id)
        except PeninsulaError:
            return  # intake refuses it, with the reason


def _foreign(run: UUID) -> ForbiddenError:
    return ForbiddenError(f"This key is for flow run {run} alone.", run=str(run))


# --- what is known -------------------------------------------------------------------------------


def _refuse_others(
    tx: Connection,
    run: UUID,
    emitter: UUID | None,
    runs: Iterable[UUID],
    artifacts: Iterable[UUID],
) -> None:
    """Raise ForbiddenError for what is known to be of another tree; what is new is the run's."""
    if emitter is not None:
        intake.check_teller(tx, emitter, run)
    ids = tables.run_ids.c
    top = tx.execute(select(ids.id).where(ids.uuid == run.bytes)).scalar()
    if any(root is None or root != top for root in _roots(tx, runs, artifacts)):
        raise _foreign(run)


def _roots(tx: Connection, runs: Iterable[UUID], artifacts: Iterable[UUID]) -> set[int | None]:
    """Return the tops of the trees that these are parts of; None: an artifact of no run."""
    of_runs = "SELECT r.root FROM runs r JOIN run_ids i ON i.id = r.id WHERE i.uuid IN {}"
    of_artifacts = "SELECT root FROM artifacts WHERE id IN {}"
    return {
        row[0]
        for statement, uuids in ((of_runs, runs), (of_artifacts, artifacts))
        for row in bulk.select_in(tx, statement, [uuid.bytes for uuid in uuids])
    }
