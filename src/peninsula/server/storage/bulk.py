"""Write many rows in one statement, the fast way of each engine.

SQLite gets many rows in one VALUES list. Its driver lets go of the interpreter's lock at every
step, and `executemany` takes a step for each row: with another thread busy, each waits its turn.

PostgreSQL takes many rows by COPY, straight into the table where they are new, else into a
temporary one and from there in one statement: 6 and 9 µs a row where arrays to unnest cost 44 µs
and `executemany` 31 µs (batches of 500 rows of `events`, without indexes).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain, islice
from typing import Any, Final
from zlib import crc32

from sqlalchemy import Connection, CursorResult, Dialect, Table

__all__ = ["NOTHING", "STAGED", "chunks", "delete", "insert", "placeholders", "run", "select_in"]

NOTHING: Final = "ON CONFLICT DO NOTHING"
"""Pass over rows that are there; most often, none is."""

STAGED: Final = "peninsula.staged"
"""Where a connection notes the temporary tables that its transaction has filled."""

VALUES: Final = 512
"""Rows in one VALUES list; with 31 columns below SQLite's limit of 32,766 values."""

COPIED: Final = 16
"""From this many rows on, COPY is faster than arrays."""

IN_LIST: Final = 500
"""Values in one IN list: every full chunk is the same statement, prepared once."""


def insert(
    tx: Connection,
    table: Table,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    conflict: str = "",
) -> int:
    """Insert rows of those columns; `conflict` is the ON CONFLICT clause, the same on both.

    Return how many rows were written. Without a clause, no row may be there yet.
    """
    if not rows:
        return 0
    if tx.dialect.name == "sqlite":
        return _insert_values(tx, table, tuple(columns), rows, conflict)
    if len(rows) >= COPIED:
        return _copy(tx, table, tuple(columns), rows, conflict)
    arrays = tuple(list(column) for column in zip(*rows, strict=True))
    return tx.exec_driver_sql(_unnest(table, tuple(columns), conflict, tx.dialect), arrays).rowcount


def _insert_values(
    tx: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    conflict: str,
) -> int:
    # Straight to the driver: SQLAlchemy would look at each of thousands of values.
    driver: Any = tx.connection.driver_connection
    written = start = 0
    while start < len(rows):
        # Powers of two: ten statements of each kind are all there are to prepare.
        size = min(VALUES, 1 << ((len(rows) - start).bit_length() - 1))
        values = tuple(chain.from_iterable(rows[start : start + size]))
        written += driver.execute(_values(table, columns, conflict, size), values).rowcount
        start += size
    return written


def _copy(
    tx: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Sequence[Any]],
    conflict: str,
) -> int:
    names = ", ".join(_quoted(column) for column in columns)
    if conflict in {"", NOTHING} and _copy_into(tx, f"{table.name} ({names})", rows):
        return len(rows)
    stage = f"stage_{table.name}_{crc32(names.encode()):08x}"
    _empty(tx, stage, f"SELECT {names} FROM {table.name}")
    _copy_into(tx, f"{stage} ({names})", rows)
    return tx.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {stage} {conflict}"
    ).rowcount


def _empty(tx: Connection, stage: str, like: str) -> None:
    tx.exec_driver_sql(
        f"CREATE TEMPORARY TABLE IF NOT EXISTS {stage} ON COMMIT DELETE ROWS AS {like} WITH NO DATA"
    )
    used: set[str] = tx.info.setdefault(STAGED, set())
    if stage in used:
        tx.exec_driver_sql(f"DELETE FROM {stage}")
    used.add(stage)


def _copy_into(tx: Connection, target: str, rows: Sequence[Sequence[Any]]) -> bool:
    """Copy all rows or none; tell whether none was there before."""
    driver: Any = tx.connection.driver_connection
    known = tx.dialect.loaded_dbapi.errors.UniqueViolation
    try:
        # Within a transaction, this is a savepoint.
        with (
            driver.transaction(),
            driver.cursor() as cursor,
            cursor.copy(f"COPY {target} FROM STDIN") as copy,
        ):
            for row in rows:
                copy.write_row(row)
    except known:
        return False
    return True


def delete(
    tx: Connection, table: Table, columns: Sequence[str], keys: Sequence[Sequence[Any]]
) -> None:
    """Delete the rows with those values in those columns."""
    if not keys:
        return
    if tx.dialect.name == "sqlite":
        where = " AND ".join(f"{_quoted(column)} = ?" for column in columns)
        statement = f"DELETE FROM {table.name} WHERE {where}"
        tx.exec_driver_sql(statement, [tuple(key) for key in keys])
    else:
        names = ", ".join(_quoted(column) for column in columns)
        statement = (
            f"DELETE FROM {table.name} WHERE ({names}) IN"
            f" (SELECT * FROM unnest({_arrays(table, columns, tx.dialect)}))"
        )
        tx.exec_driver_sql(statement, tuple(list(column) for column in zip(*keys, strict=True)))


def run(tx: Connection, statement: str, *values: Any) -> CursorResult[Any]:
    """Execute a statement that marks its values with `?`."""
    if tx.dialect.name != "sqlite":
        statement = statement.replace("?", "%s")
    return tx.exec_driver_sql(statement, values)


@lru_cache(maxsize=512)
def _values(table: Table, columns: tuple[str, ...], conflict: str, size: int) -> str:
    names = ", ".join(_quoted(column) for column in columns)
    row = f"({placeholders(len(columns))})"
    return f"INSERT INTO {table.name} ({names}) VALUES {', '.join([row] * size)} {conflict}"


@lru_cache(maxsize=256)
def _unnest(table: Table, columns: tuple[str, ...], conflict: str, dialect: Dialect) -> str:
    names = ", ".join(_quoted(c) for c in columns)
    arrays = _arrays(table, columns, dialect)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays}) {conflict}"


def _arrays(table: Table, columns: Sequence[str], dialect: Dialect) -> str:
    return ", ".join(f"%s::{table.c[c].type.compile(dialect=dialect)}[]" for c in columns)


def _quoted(column: str) -> str:
    return f'"{column}"'


def select_in(tx: Connection, statement: str, values: Iterable[Any]) -> Iterator[Any]:
    """Yield the rows of a statement with one `IN {}` over any number of values."""
    for chunk in chunks(values, IN_LIST):
        if tx.dialect.name == "sqlite":
            # The list is padded, so that there is one statement to prepare, not five hundred.
            padded = chunk + [chunk[-1]] * (_padded_length(len(chunk)) - len(chunk))
            sql = statement.format(f"({placeholders(len(padded))})")
            yield from tx.exec_driver_sql(sql, tuple(padded))
        else:
            sql = statement.replace("IN {}", "= ANY(%s)")
            yield from tx.exec_driver_sql(sql, (chunk,))


def _padded_length(count: int) -> int:
    return min(IN_LIST, 1 << (count - 1).bit_length())


def placeholders(count: int) -> str:
    """Return that many question marks."""
    return ", ".join("?" * count)


def chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """Yield the values in lists of that size at most."""
    values = iter(values)
    while chunk := list(islice(values, size)):
        yield chunk
