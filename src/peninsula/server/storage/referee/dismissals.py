"""Keep what people say of suspects: that one is not the cause of a failure, or may be after all."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select

from peninsula.core.causes import Alike
from peninsula.core.events import Related
from peninsula.core.resources import system_of
from peninsula.core.runs import RunKind
from peninsula.server.storage import log, tables
from peninsula.server.storage.dictionary import Dictionary
from peninsula.server.storage.read import events, run_rows
from peninsula.server.storage.referee import moves
from peninsula.server.storage.referee.entries import About, entry
from peninsula.server.storage.referee.moves import Now

__all__ = ["Suspected", "dismiss", "restore"]

_dismissals = tables.dismissals.c
_runs = tables.runs.c


class Suspected(NamedTuple):
    """An event that is suspected of a run's failure."""

    kind: RunKind
    run: UUID
    event: UUID


def dismiss(
    tx: Connection, dictionary: Dictionary, suspected: Suspected, actor: Related, now: Now
) -> None:
    """Say that it is not the cause, of this failure and of others of the flow.

    Raises NotFoundError.
    """
    head = log.take_head(tx)
    run, about = _run(tx, suspected), _about(tx, suspected)
    if tx.execute(select(_dismissals.root).where(*_these(run, about))).first() is None:
        flow = tx.execute(select(_runs.flow).where(_runs.id == run.root)).scalar()
        tx.execute(
            insert(tables.dismissals).values(
                root=bytes(run.root_uuid),
                name=about[0],
                system=about[1],
                flow=flow or "",
                dismissed=now.at,
            )
        )
        told = _entry("suspect-dismissed", suspected, run, about, actor, now)
        log.append(tx, dictionary, head, [told])


def restore(
    tx: Connection, dictionary: Dictionary, suspected: Suspected, actor: Related, now: Now
) -> None:
    """Take it back. Raises NotFoundError."""
    head = log.take_head(tx)
    run, about = _run(tx, suspected), _about(tx, suspected)
    if tx.execute(delete(tables.dismissals).where(*_these(run, about))).rowcount:
        told = _entry("suspect-restored", suspected, run, about, actor, now)
        log.append(tx, dictionary, head, [told])


def _run(tx: Connection, suspected: Suspected) -> Any:
    kind, id_, _ = suspected
    number = select(tables.run_ids.c.id).where(tables.run_ids.c.uuid == id_.bytes)
    is_task = _runs.task.is_(kind is RunKind.TASK_RUN)
    found = moves.runs_where(tx, is_task, _runs.id.in_(number))
    if not found:
        raise run_rows.unknown(kind, id_)
    return found[0]


def _about(tx: Connection, suspected: Suspected) -> Alike:
    found = events.event_by_id(tx, suspected.event)
    return found.event, system_of(found.resource.id)


def _these(run: Any, about: Alike) -> tuple[Any, ...]:
    name, system = about
    return (
        _dismissals.root == bytes(run.root_uuid),
        _dismissals.name == name,
        _dismissals.system == system,
    )


def _entry(
    what: str, suspected: Suspected, run: Any, about: Alike, actor: Related, now: Now
) -> log.Entry:
    kind, id_, event = suspected
    payload = {
        "suspect": event,
        "name": about[0],
        "system": about[1],
        # Not related: it would count as a resource that the run has touched.
        "actor": {"id": actor.id, "name": actor.name},
    }
    told = entry(About(kind.value, id_, run.name or None), what, payload, now)
    return told._replace(run=id_, root=moves.uuid_of(run.root_uuid))
