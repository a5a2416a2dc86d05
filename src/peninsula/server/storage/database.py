"""The one seam to a database: units of work go in, what they return comes out.

A unit is a plain function `unit(tx, *args)` over a SQLAlchemy Core connection. It never awaits,
catches, commits or keeps the connection. On PostgreSQL it may run twice, so it has no effect but
its rows; what must happen once, after the commit, it leaves with `after_commit`.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, Protocol, TypeVar

from sqlalchemy import Connection

from peninsula.core.errors import TooLargeError

__all__ = ["AFTER_COMMIT", "LONGEST_READ", "Database", "Unit", "after_commit", "took_too_long"]

P = ParamSpec("P")
T = TypeVar("T")

Unit = Callable[Concatenate[Connection, P], T]

AFTER_COMMIT: Final = "peninsula.after_commit"

LONGEST_READ: Final = 60.0
"""Seconds after which a query is given up: there are few readers, and others wait for them."""


class Database(Protocol):
    """SQLite or PostgreSQL behind the same two calls."""

    url: str

    @property
    def dialect(self) -> str:
        """Return `sqlite` or `postgresql`."""

    @property
    def path(self) -> Path | None:
        """Return the file it is in; None of a database that is served."""

    def start(self) -> None:
        """Connect and start threads. Raises UnavailableError naming the database."""

    def stop(self) -> None:
        """Finish what was begun and let go. Safe twice."""

    async def write(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a referee's unit: it overtakes patient ones."""

    async def write_patiently(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that others may overtake: intake, pruning, rebuilding."""

    async def read(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that writes nothing, on one snapshot of the database."""


def after_commit(tx: Connection, action: Callable[[], None]) -> None:
    """Have the seam call `action` once the unit's rows are committed, and only then."""
    tx.info.setdefault(AFTER_COMMIT, []).append(action)


def took_too_long() -> TooLargeError:
    """Return the error of a query that was given up."""
    return TooLargeError(
        f"This takes longer than {LONGEST_READ:.0f} s to find, and was given up. Ask for less: a"
        " shorter time, or fewer at once."
    )
