"""Hold a key that is for one run to that run: what it sends is about nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from msgspec import Raw
from sqlalchemy import Connection, select

from peninsula.core import codec
from peninsula.core.errors import ForbiddenError, PeninsulaError
from peninsula.core.records import Batch, EventRecord, LogRecord, Record, UnknownRecord
from peninsula.core.resources import run_uuid
from peninsula.server.storage import bulk, tables
from peninsula.server.storage.database import Database

__all__ = ["check_batch"]


async def check_batch(database: Database, batch: Batch, run: UUID) -> None:
    """Raise ForbiddenError when a record of the batch is about another flow run than this one."""
    named: set[UUID] = set()
    for raw in batch.records:
        record = _decoded(raw)
        if isinstance(record, EventRecord | LogRecord):
            named.update(_named(record, run))
    if await database.read(_of_others, named - {run}, run):
        raise _foreign(run)


def _decoded(raw: Raw) -> Record | UnknownRecord | None:
    try:
        return codec.decode_record(raw)
    except PeninsulaError:
        return None  # intake refuses it, with the reason


def _named(record: EventRecord | LogRecord, run: UUID) -> Iterable[UUID]:
    """Yield the runs that a record speaks for. Raises ForbiddenError when its root is another."""
    if record.root not in {run, None}:
        raise _foreign(run)
    if record.run is not None:
        if record.root is None and record.run != run:
            raise _foreign(run)
        yield record.run
    if isinstance(record, EventRecord):
        found = run_uuid(record.event.resource.id)
        if found is not None:
            yield UUID(found[1])


def _foreign(run: UUID) -> ForbiddenError:
    return ForbiddenError(f"This key is for flow run {run} alone.", run=str(run))


def _of_others(tx: Connection, runs: Iterable[UUID], root: UUID) -> bool:
    """Tell whether any of the runs is known as part of another tree."""
    ids = tables.run_ids.c
    top = tx.execute(select(ids.id).where(ids.uuid == root.bytes)).scalar()
    statement = "SELECT r.root FROM runs r JOIN run_ids i ON i.id = r.id WHERE i.uuid IN {}"
    roots = {row[0] for row in bulk.select_in(tx, statement, [run.bytes for run in runs])}
    return bool(roots - {top})
