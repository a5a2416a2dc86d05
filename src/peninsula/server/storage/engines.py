"""Choose the engine of a database by its URL."""

from __future__ import annotations

from peninsula.core.errors import InvalidError
from peninsula.server.storage.database import Database

__all__ = ["open_database"]


def open_database(url: str) -> Database:
    """Return the database of that URL, not started yet. Raises InvalidError for another kind."""
    # Imported where it is chosen: each driver weighs, and psycopg is an extra.
    if url.startswith("sqlite:"):
        from peninsula.server.storage.sqlite import SqliteDatabase  # noqa: PLC0415

        return SqliteDatabase(url)
    if url.startswith(("postgresql:", "postgres:", "postgresql+psycopg:")):
        try:
            from peninsula.server.storage.postgres import PostgresDatabase  # noqa: PLC0415
        except ModuleNotFoundError as problem:
            msg = f"{problem.name} is missing. Install it with: pip install 'peninsula[postgres]'"
            raise InvalidError(msg) from None
        return PostgresDatabase(url)
    scheme = url.partition(":")[0]
    msg = f"The database {scheme!r} is none we know. Use sqlite:///path or postgresql://host/name."
    raise InvalidError(msg)
