"""Find the last sign of life of the processes that runs were in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, select

from peninsula.server.storage import tables

__all__ = ["last_signs"]

_emitters = tables.emitters.c
_events = tables.events.c
_logs = tables.logs.c

_EVENT: Final = (
    select(_events.occurred)
    .join(tables.emitters, _emitters.id == _events.emitter)
    .where(_events.root == bindparam("root"), _emitters.uuid == bindparam("emitter"))
    .order_by(_events.position.desc())
    .limit(1)
)
_LINE: Final = (
    select(_logs.time)
    .join(tables.emitters, _emitters.id == _logs.emitter)
    .where(_logs.root == bindparam("root"), _emitters.uuid == bindparam("emitter"))
    .order_by(_logs.time.desc())
    .limit(1)
)


def last_signs(
    tx: Connection, rows: Sequence[Row[Any]], renewed: Mapping[bytes, int], now: int
) -> list[int]:
    """Return for each run when its process was last heard of, in µs: by a lease or a record.

    Never before the run's last state, nor after now: the clocks of two machines differ.
    """
    trees = {(row.root, bytes(row.emitter)) for row in rows if row.emitter is not None}
    told = {(root, emitter): _told(tx, root, emitter) for root, emitter in trees}
    signs = []
    for row in rows:
        emitter = bytes(row.emitter or b"")
        sign = max(told.get((row.root, emitter), 0), renewed.get(emitter, 0))
        # What was presumed Crashed is said once more when that is proven.
        least = row.state_at if row.ended is None else row.ended
        signs.append(max(least, min(sign, now)))
    return signs


def _told(tx: Connection, root: int, emitter: bytes) -> int:
    found = (tx.scalar(each, {"root": root, "emitter": emitter}) for each in (_EVENT, _LINE))
    return max(at or 0 for at in found)
