"""Search what is in order for what no index knows, so far and no further."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select

from peninsula.core import pages

__all__ = ["SCAN", "end", "latest"]

SCAN: Final = 50_000
"""Rows passed in search of a page; beyond, the answer is partial."""


def latest(*columns: ColumnElement[Any], back: bool) -> list[ColumnElement[Any]]:
    """Return the order in which the last comes first, or the same from the other end."""
    return [column.asc() if back else column.desc() for column in columns]


def end(tx: Connection, passed: Select[Any], key: Callable[[Any], pages.Key]) -> pages.Key | None:
    """Return where a search stops, None when it saw all there is."""
    row = tx.execute(passed.limit(1).offset(SCAN - 1)).first()
    return key(row) if row is not None else None
