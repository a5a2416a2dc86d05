"""Read what runs did last with a resource: the event that each touched it with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection

from peninsula.core.answers import Operation
from peninsula.server.storage import bulk

__all__ = ["last_operations"]

AT_ONCE: Final = 200
"""Events of one microsecond that are looked at."""


class _Told(Struct):
    """What a payload may say of an operation; whoever emits events may say anything."""

    seconds: Any = None
    error: Any = None


_TOLD: Final = msgspec.json.Decoder(_Told)


def last_operations(tx: Connection, resource: int, runs: Sequence[int]) -> dict[int, Operation]:
    """Return the last operation of each of these runs that is in the log.

    A touch knows when its last event occurred, so that event is found by its time.
    """
    if not runs:
        return {}
    rows: Sequence[Any] = bulk.run(
        tx,
        "SELECT w.run, e.id, n.text, e.payload FROM (SELECT t.run, (SELECT c.position FROM"
        " (SELECT position, run, root FROM events"
        f" WHERE occurred = t.last LIMIT {AT_ONCE}) AS c"
        " WHERE (c.run = t.run OR c.root = t.run) AND EXISTS"
        " (SELECT 1 FROM links l WHERE l.resource = t.resource AND l.position = c.position)"
        " ORDER BY c.position DESC LIMIT 1) AS position FROM touches t"
        f" WHERE t.resource = ? AND t.run IN ({', '.join(map(str, runs))})) AS w"
        " JOIN events e ON e.position = w.position JOIN names n ON n.id = e.name",
        resource,
    ).all()
    return {
        run: Operation(id=UUID(bytes=bytes(id_)), event=name, **_said(payload))
        for run, id_, name, payload in rows
    }


def _said(payload: str) -> dict[str, Any]:
    try:
        told = _TOLD.decode(payload)
    except msgspec.ValidationError:
        return {"seconds": None}  # no object
    is_number = isinstance(told.seconds, int | float) and not isinstance(told.seconds, bool)
    return {
        "seconds": told.seconds if is_number else None,
        "error": told.error if isinstance(told.error, str) else None,
    }
