"""Read what a run and those below it touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, select

from peninsula.core.resources import OWN
from peninsula.server.storage import tables
from peninsula.server.storage.moments import moment
from peninsula.server.storage.read import subtree

__all__ = ["BOOKKEEPING", "Touched", "read_touched"]

TOUCHED: Final = 20_000
"""Resources that are known of one run: those touched last."""

MEMBERS: Final = 500
"""Runs below a run in the middle of a tree whose touches are looked at."""

BOOKKEEPING: Final = ("artifact", "concurrency-limit", "process", "variable")
"""Kinds of ours that runs make or change as they go: what is told of them is nothing outside."""

_touches = tables.touches.c
_resources = tables.resources.c


class Touched(Struct, frozen=True, kw_only=True):
    """What a run touched, itself or below."""

    numbers: frozenset[int]
    """By which the log knows it."""
    since: Mapping[str, datetime]
    """When it was touched first, by id."""
    partial: bool
    """It touched more."""


def read_touched(tx: Connection, run: int, root: int) -> Touched:
    """Return what a run and those below it touched."""
    runs = [run] if root == run else subtree.numbers(tx, run, limit=MEMBERS)
    rows = tx.execute(
        select(_resources.id, _resources.text, func.min(_touches.first))
        .join_from(tables.touches, tables.resources, _resources.id == _touches.resource)
        .where(_touches.run.in_(runs), ~_is_bookkeeping() | (_resources.kind == "process"))
        .group_by(_resources.id, _resources.text)
        .order_by(func.max(_touches.last).desc(), _resources.text)
        .limit(TOUCHED)
    ).all()
    return Touched(
        numbers=frozenset(number for number, _, _ in rows),
        since={id_: moment(first) for _, id_, first in rows},
        partial=len(rows) == TOUCHED or (root != run and len(runs) == MEMBERS),
    )


def _is_bookkeeping() -> ColumnElement[bool]:
    return _resources.text.startswith(OWN) & _resources.kind.in_(BOOKKEEPING)
