"""Turn rows of the log into events as they are told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Raw, Struct
from sqlalchemy import Connection

from peninsula.core.answers import LoggedEvent
from peninsula.core.events import Related, Resource
from peninsula.server.storage import bulk
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import interned
from peninsula.server.storage.read.interned import Labels

__all__ = ["COLUMNS", "logged"]

COLUMNS: Final = (
    "e.position, e.id, e.occurred, e.name, e.resource, e.run, e.root, e.emitter, e.number,"
    " e.follows, e.payload, e.related, e.extra"
)
"""Of `events e`, in the order in which `logged` takes them."""

_PAIRS: Final = msgspec.json.Decoder(tuple[tuple[int, int], ...])


class _Extra(Struct, frozen=True):
    name: str | None = None
    labels: dict[str, str] = {}


_EXTRAS: Final = msgspec.json.Decoder(dict[int, _Extra])
_PLAIN: Final = _Extra()


def logged(tx: Connection, rows: Sequence[Any]) -> tuple[LoggedEvent, ...]:
    """Return the events of rows that were selected as COLUMNS."""
    names, resources, runs, emitters = set[int](), set[int](), set[int](), set[int]()
    pairs = []
    for _, _, _, name, resource, run, root, emitter, _, _, _, related, _ in rows:
        some = _PAIRS.decode(related) if related else ()
        pairs.append(some)
        names.add(name)
        names.update(role for _, role in some)
        resources.add(resource if resource is not None else -run)
        resources.update(number for number, _ in some)
        runs.update((run, root))
        emitters.add(emitter)
    labels = interned.labels_of(
        tx, names=names, resources=resources, runs=runs - {None}, emitters=emitters - {None}
    )
    called = _names(tx, runs - {None})
    return tuple(_event(row, some, labels, called) for row, some in zip(rows, pairs, strict=True))


def _names(tx: Connection, runs: set[int]) -> dict[int, str]:
    return dict(map(tuple, bulk.select_in(tx, "SELECT id, name FROM runs WHERE id IN {}", runs)))


def _event(
    row: Sequence[Any],
    pairs: Sequence[tuple[int, int]],
    labels: Labels,
    called: Mapping[int, str],
) -> LoggedEvent:
    (
        position,
        id_,
        occurred,
        name,
        resource,
        run,
        root,
        emitter,
        number,
        follows,
        payload,
        _,
        extra,
    ) = row
    told = _EXTRAS.decode(extra) if extra else {}
    own = told.get(0, _PLAIN)
    about = labels.resources[resource if resource is not None else -run]
    return LoggedEvent(
        position=position,
        id=UUID(bytes=bytes(id_)),
        occurred=moment(occurred),
        event=labels.names[name],
        resource=Resource(id=about, name=own.name, labels=own.labels),
        related=tuple(
            _related(labels.resources[other], labels.names[role], told.get(place, _PLAIN))
            for place, (other, role) in enumerate(pairs, 1)
        ),
        payload=Raw(payload.encode()),
        follows=UUID(bytes=bytes(follows)) if follows is not None else None,
        run=labels.runs[run] if run is not None else None,
        run_name=called.get(run),
        root=labels.runs[root] if root is not None else None,
        root_name=called.get(root),
        emitter=labels.emitters[emitter] if emitter is not None else None,
        number=number,
    )


def _related(id_: str, role: str, extra: _Extra) -> Related:
    return Related(id=id_, role=role, name=extra.name, labels=extra.labels)
