"""Tell of a run's state as the server saw or ruled it, by an event that counts in the fold."""

from __future__ import annotations

from typing import Any, Final, NamedTuple
from uuid import UUID, uuid4

from msgspec import Raw
from sqlalchemy import ColumnElement, Connection, Row, Select, select

from peninsula.core import codec
from peninsula.core.events import Event, Related, Resource
from peninsula.core.fold import stamp_of
from peninsula.core.resources import own
from peninsula.core.runs import REAPPEARED, RunKind, StateChange, state_event
from peninsula.core.states import OPEN
from peninsula.server.storage import tables
from peninsula.server.storage.log import Entry
from peninsula.server.storage.moments import moment

__all__ = ["IS_OPEN", "Now", "entry", "number_of", "runs_where", "uuid_of"]

IS_OPEN: Final = f"state_type IN ({', '.join(repr(type_.value) for type_ in OPEN)})"
"""Of a run that is not over, as SQL of its columns."""

_runs = tables.runs.c
_ids = tables.run_ids.alias("self")
_roots = tables.run_ids.alias("root")


class Now(NamedTuple):
    """When a unit runs."""

    at: int
    """µs since 1970."""
    stamp: int


def runs_where(tx: Connection, *conditions: ColumnElement[bool]) -> list[Row[Any]]:
    """Return rows of runs with `uuid` and `root_uuid`, in the order of their numbers."""
    statement = (
        select(tables.runs, _ids.c.uuid, _roots.c.uuid.label("root_uuid"))
        .join_from(tables.runs, _ids, _ids.c.id == _runs.id)
        .join(_roots, _roots.c.id == _runs.root)
        .where(*conditions)
        .order_by(_runs.id)
    )
    return list(tx.execute(statement))


def number_of(run: UUID) -> Select[Any]:
    """Return what selects the number of a run."""
    return select(tables.run_ids.c.id).where(tables.run_ids.c.uuid == run.bytes)


def uuid_of(stored: Any) -> UUID:
    """Return a stored UUID."""
    return UUID(bytes=bytes(stored))


def entry(
    row: Row[Any],
    change: StateChange,
    now: Now,
    *,
    related: tuple[Related, ...] = (),
    reappeared: bool = False,
    follows: UUID | None = None,
    id_: UUID | None = None,
) -> Entry:
    """Return what to append so that the run of a row from `runs_where` is in another state.

    It follows an event that led to it, and has an id of its own if none is given. The stamp is
    after that of the state it is in, whatever the clock of its process says.
    """
    kind = RunKind.TASK_RUN if row.task else RunKind.FLOW_RUN
    run = uuid_of(row.uuid)
    name = own(kind.value, REAPPEARED) if reappeared else state_event(kind, change)
    return Entry(
        event=Event(
            id=id_ or uuid4(),
            occurred=moment(now.at),
            event=name,
            resource=Resource(id=own(kind.value, run), name=row.name or None),
            related=related,
            payload=Raw(codec.encode(change)),
            follows=follows,
        ),
        stamp=max(now.stamp, stamp_of(bytes(row.state_key)) + 1),
        run=run,
        root=uuid_of(row.root_uuid),
    )
