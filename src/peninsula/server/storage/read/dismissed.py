"""Read which suspects someone said are not the cause."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, select

from peninsula.core.causes import Alike, Dismissed
from peninsula.server.storage import tables

__all__ = ["dismissed_here", "read_dismissed"]

REMEMBERED: Final = 1_000
"""Suspects dismissed in other runs of a flow that count, the last ones."""

_dismissals = tables.dismissals.c


def read_dismissed(tx: Connection, root: int) -> Dismissed:
    """Return what was dismissed of failures in the tree of that run, and of others of its flow."""
    uuid = select(tables.run_ids.c.uuid).where(tables.run_ids.c.id == root).scalar_subquery()
    flow = select(tables.runs.c.flow).where(tables.runs.c.id == root).scalar_subquery()
    alike = select(_dismissals.name, _dismissals.system)
    here = tx.execute(alike.where(_dismissals.root == uuid))
    elsewhere = tx.execute(
        alike.where(_dismissals.flow == flow)
        .order_by(_dismissals.dismissed.desc())
        .limit(REMEMBERED)
    )
    return Dismissed(
        here=frozenset((name, system) for name, system in here),
        elsewhere=frozenset((name, system) for name, system in elsewhere),
    )


def dismissed_here(tx: Connection, roots: Collection[UUID]) -> dict[UUID, set[Alike]]:
    """Return by flow run at the top what was dismissed of failures in its tree."""
    found: dict[UUID, set[Alike]] = {}
    for root, name, system in tx.execute(
        select(_dismissals.root, _dismissals.name, _dismissals.system).where(
            _dismissals.root.in_([id_.bytes for id_ in roots])
        )
    ):
        found.setdefault(UUID(bytes=bytes(root)), set()).add((name, system))
    return found
