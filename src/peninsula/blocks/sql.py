"""A database that SQLAlchemy knows, whatever its dialect."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Self
from weakref import finalize

from msgspec import Raw
from pydantic import PrivateAttr

from peninsula.blocks.awaiting import awaited, within
from peninsula.blocks.base import Block
from peninsula.blocks.cursors import Cursors
from peninsula.blocks.database import DatabaseCredentials
from peninsula.blocks.kept import Kept
from peninsula.blocks.methods import unobserved
from peninsula.blocks.paths import name_in
from peninsula.blocks.sql_texts import hide_values, shape
from peninsula.core import codec
from peninsula.core.errors import InvalidError
from peninsula.sdk.outside.around import moved
from peninsula.sdk.outside.call import Target

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine, Executable

    Operation = str | Executable
    Parameters = Mapping[str, Any] | None

__all__ = ["SqlDatabase"]

CHUNK: Final = 1_000
"""Rows that are sent or fetched at a time, by default."""


class SqlDatabase(Block):
    """A database. Statements are texts with `:names` for parameters, or those of SQLAlchemy.

    Each statement is a transaction of its own, unless it is called on what `transaction` gives.
    Methods have an `a…` form for coroutines. Events say how many rows were moved and what the
    statement is, with `?` for each value; errors are those of SQLAlchemy, without values.

    >>> database = SqlDatabase.load("warehouse")
    >>> database.query("SELECT * FROM orders WHERE day = :day", {"day": "2026-03-14"})
    """

    _block_type_name = "SQL Database"
    _block_type_slug = "sql-database"

    credentials: DatabaseCredentials
    fetch_size: int = 1
    """Rows that `fetch_many` returns where it is not told."""

    _engine: Kept[Engine] = PrivateAttr(default_factory=Kept)
    _cursors: Cursors = PrivateAttr(default_factory=Cursors)
    _connection: Any = PrivateAttr(default=None)
    """Of a transaction."""

    def _system(self) -> str:
        return self.credentials.system()

    def _target(
        self, names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Target:
        target = super()._target(names, args, kwargs)
        given = kwargs.get("operation", args[0] if args and names[:1] == ("operation",) else None)
        if not isinstance(given, str):
            return target
        told = codec.decode(dict[str, Any], target.arguments) | {"operation": shape(given)}
        return target._replace(arguments=Raw(codec.encode(told)))

    # --- rows out of it --------------------------------------------------------------------------

    def query(self, operation: Operation, parameters: Parameters = None) -> list[dict[str, Any]]:
        """Return all rows as dicts by the names of their columns."""
        with self._executed(operation, parameters) as result:
            return _counted([dict(row) for row in result.mappings()])

    def fetch_all(
        self, operation: Operation, parameters: Parameters = None, **execution_options: Any
    ) -> list[Any]:
        """Return all rows, as tuples that have names."""
        with self._executed(operation, parameters, **execution_options) as result:
            return _counted([*result])

    def fetch_many(
        self,
        operation: Operation,
        parameters: Parameters = None,
        size: int | None = None,
        **execution_options: Any,
    ) -> list[Any]:
        """Return the next rows: the same statement with the same parameters goes on where it was.

        None are left once it returns fewer than `size`, by default those of the block. After
        `reset_cursors` it begins anew.
        """
        return _counted(self._next(operation, parameters, size, execution_options))

    def fetch_one(
        self, operation: Operation, parameters: Parameters = None, **execution_options: Any
    ) -> Any:
        """Return the next row, None after the last: the same statement goes on where it was."""
        rows = _counted(self._next(operation, parameters, 1, execution_options))
        return rows[0] if rows else None

    def stream(
        self, operation: Operation, parameters: Parameters = None, size: int = CHUNK
    ) -> Iterator[list[Any]]:
        """Give all rows in lists, for what is too large for memory."""
        with self._executed(operation, parameters, yield_per=size, stream_results=True) as result:
            for rows in result.partitions(size):
                yield _counted([*rows])

    # --- rows into it ----------------------------------------------------------------------------

    def execute(
        self, operation: Operation, parameters: Parameters = None, **execution_options: Any
    ) -> int:
        """Execute a statement and return how many rows it changed; -1 where nobody says."""
        with self._executed(operation, parameters, **execution_options) as result:
            return _changed(result)

    def execute_many(
        self,
        operation: Operation,
        seq_of_parameters: Sequence[Mapping[str, Any]],
        **execution_options: Any,
    ) -> int:
        """Execute a statement with each of the parameters: all of them, or none."""
        if not seq_of_parameters:
            return 0
        with self._executed(operation, [*seq_of_parameters], **execution_options) as result:
            return _changed(result)

    def insert(self, table: str, rows: Iterable[Mapping[str, Any]], chunk_size: int = CHUNK) -> int:
        """Insert rows, all of them or none, and return how many they were.

        Args:
            table: Its name, `orders` or `public.orders`.
            rows: By the names of columns, the same ones in each row; also a generator.
            chunk_size: Rows that are sent at a time.

        Raises:
            InvalidError: A row has other columns than the first.
        """
        import sqlalchemy  # noqa: PLC0415  weight

        schema, _, name = table.rpartition(".")
        each, total = _alike(rows), 0
        with self._connected() as connection:
            while chunk := [*islice(each, chunk_size)]:
                columns: list[Any] = [sqlalchemy.column(column) for column in chunk[0]]
                into = sqlalchemy.table(name, *columns, schema=schema or None)
                connection.execute(into.insert(), chunk)
                moved(rows=len(chunk))
                total += len(chunk)
        return total

    # --- several statements ----------------------------------------------------------------------

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        """Give the block on one connection, whose statements are done at the end, or none of them.

        >>> with database.transaction() as tx:
        ...     tx.execute("DELETE FROM orders WHERE day = :day", {"day": day})
        ...     tx.insert("orders", rows)

        An exception undoes them; within a transaction it is a savepoint.
        """
        with self._connected(savepoint=True) as connection:
            yield self._on(connection)

    @asynccontextmanager
    async def atransaction(self) -> AsyncIterator[Self]:
        """Give the block on one connection, in a coroutine: `async with`."""
        async with within(self._connected(savepoint=True)) as connection:
            yield self._on(connection)

    def _on(self, connection: Connection) -> Self:
        bound = self.model_copy()
        bound._connection = connection  # noqa: SLF001  of this class
        bound._cursors = Cursors()  # noqa: SLF001  of this class
        return bound

    # --- what is open ----------------------------------------------------------------------------

    @unobserved
    def get_engine(self) -> Engine:
        """Return the engine of SQLAlchemy that the block uses. What is done with it is not seen."""
        return self._engine.get(self.credentials.model_dump(), self._make_engine)

    def _make_engine(self) -> Engine:
        engine = self.credentials.get_engine(pool_pre_ping=True)
        # Connections end with the block; those of a parent process are the parent's.
        finalize(self._engine, _dispose, engine, os.getpid())
        return engine

    @unobserved
    def reset_cursors(self) -> None:
        """Have `fetch_one` and `fetch_many` begin anew."""
        self._cursors.close()

    @unobserved
    def close(self) -> None:
        """Close cursors and connections. The next statement opens new ones."""
        self._cursors.close()
        engine = self._engine.take()
        if engine is not None:
            engine.dispose()

    @contextmanager
    def _connected(self, *, savepoint: bool = False) -> Iterator[Connection]:
        """Give a connection within a transaction, and have errors without values."""
        import sqlalchemy  # noqa: PLC0415  weight

        try:
            if self._connection is None:
                with self.get_engine().begin() as connection:
                    yield connection
            elif savepoint:
                with self._connection.begin_nested():
                    yield self._connection
            else:
                yield self._connection
        except sqlalchemy.exc.SQLAlchemyError as error:
            hide_values(error)
            name_in(error, self._system())  # drivers say of a host or a file at most a part
            raise

    @contextmanager
    def _executed(
        self, operation: Operation, parameters: Any, **options: Any
    ) -> Iterator[CursorResult[Any]]:
        with self._connected() as connection:
            yield connection.execute(_statement(operation), parameters, execution_options=options)

    def _next(
        self,
        operation: Operation,
        parameters: Parameters,
        size: int | None,
        options: dict[str, Any],
    ) -> list[Any]:
        def execute(stack: ExitStack) -> CursorResult[Any]:
            return stack.enter_context(self._executed(operation, parameters, **options))

        of = operation, repr(sorted((parameters or {}).items()))
        return self._cursors.rows(of, execute, size or self.fetch_size)

    # --- for coroutines --------------------------------------------------------------------------

    aquery = awaited(query)
    afetch_all = awaited(fetch_all)
    afetch_many = awaited(fetch_many)
    afetch_one = awaited(fetch_one)
    aexecute = awaited(execute)
    aexecute_many = awaited(execute_many)
    ainsert = awaited(insert)
    aclose = awaited(close)


def _statement(operation: Operation) -> Executable:
    import sqlalchemy  # noqa: PLC0415  weight

    return sqlalchemy.text(operation) if isinstance(operation, str) else operation


def _alike(rows: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Give the rows. Raises InvalidError for one of other columns than the first."""
    columns: set[str] | None = None
    for count, row in enumerate(rows, 1):
        columns = {*row} if columns is None else columns
        if others := row.keys() ^ columns:
            told = ", ".join(sorted(others))
            msg = f"Only one of row {count} and the first has {told}. Give None for no value."
            raise InvalidError(msg)
        yield dict(row)


def _counted(rows: list[Any]) -> list[Any]:
    moved(rows=len(rows))
    return rows


def _changed(result: CursorResult[Any]) -> int:
    count: int = result.rowcount
    if count >= 0:
        moved(rows=count)
    return count


def _dispose(engine: Engine, pid: int) -> None:
    engine.dispose(close=pid == os.getpid())
