"""PostgreSQL behind the seam: a pool of connections, each unit a transaction."""

from __future__ import annotations

import random
import time
from asyncio import get_running_loop
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from peninsula.core.errors import UnavailableError
from peninsula.server.storage.bulk import STAGED
from peninsula.server.storage.database import AFTER_COMMIT, Unit

__all__ = ["PostgresDatabase"]

P = ParamSpec("P")
T = TypeVar("T")

WRITERS: Final = 4
READERS: Final = 6

RETRIES: Final = 5
"""How often a unit that lost against another transaction is run again."""

_SNAPSHOT: Final = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}

_AGAIN: Final = frozenset({"40001", "40P01"})
"""serialization_failure, deadlock_detected."""


class PostgresDatabase:
    """One PostgreSQL database, shared with any number of other servers."""

    dialect = "postgresql"

    def __init__(self, url: str) -> None:
        """Take `postgresql://user@host/name`; nothing is opened yet."""
        self.url = "postgresql+psycopg://" + url.partition("://")[2]
        self._engine: Engine | None = None
        self._pools: dict[str, ThreadPoolExecutor] = {}

    def start(self) -> None:
        """Connect once, to say early what is wrong."""
        if self._engine is not None:
            return
        engine = create_engine(
            self.url, pool_size=2 * WRITERS + READERS, max_overflow=0, pool_pre_ping=True
        )
        try:
            engine.connect().close()
        except OperationalError as problem:
            engine.dispose()
            address = engine.url.render_as_string(hide_password=True)
            msg = f"Cannot reach the database {address}: {_plain(problem)}"
            raise UnavailableError(msg) from problem
        self._engine = engine
        self._pools = {
            "write": ThreadPoolExecutor(WRITERS, "peninsula-write"),
            "patient": ThreadPoolExecutor(WRITERS, "peninsula-intake"),
            "read": ThreadPoolExecutor(READERS, "peninsula-read"),
        }

    def stop(self) -> None:
        """Finish what was begun and disconnect. Safe twice."""
        for pool in self._pools.values():
            pool.shutdown(wait=True)
        self._pools = {}
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    async def write(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a referee's unit: it has connections of its own."""
        return await self._on("write", lambda tx: unit(tx, *args, **kwargs))

    async def write_patiently(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that others need not wait for."""
        return await self._on("patient", lambda tx: unit(tx, *args, **kwargs))

    async def read(self, unit: Unit[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a unit that writes nothing, on one snapshot."""
        return await self._on("read", lambda tx: unit(tx, *args, **kwargs))

    async def _on(self, pool: str, unit: Callable[[Connection], T]) -> T:
        if self._engine is None:
            msg = "The database is closed: the server is stopping. Try again when it is back."
            raise UnavailableError(msg)
        work = self._read if pool == "read" else self._write
        return await get_running_loop().run_in_executor(self._pools[pool], work, unit)

    def _write(self, unit: Callable[[Connection], T]) -> T:
        for last in (*[False] * RETRIES, True):
            try:
                return self._transact(unit)
            except DBAPIError as problem:
                if last or getattr(problem.orig, "sqlstate", None) not in _AGAIN:
                    raise _translated(problem) from problem
                time.sleep(random.uniform(0.001, 0.02))  # noqa: S311  jitter, no secret
        raise AssertionError

    def _transact(self, unit: Callable[[Connection], T]) -> T:
        assert self._engine is not None  # noqa: S101  for the type checker; `_on` has looked
        with self._engine.connect() as connection:
            connection.info.update({AFTER_COMMIT: [], STAGED: set()})
            with connection.begin():
                result = unit(connection)
            for action in connection.info.pop(AFTER_COMMIT):
                action()
            return result

    def _read(self, unit: Callable[[Connection], T]) -> T:
        assert self._engine is not None  # noqa: S101  for the type checker; `_on` has looked
        try:
            with self._engine.connect().execution_options(**_SNAPSHOT) as connection:
                return unit(connection)
        except DBAPIError as problem:
            raise _translated(problem) from problem


def _translated(problem: DBAPIError) -> Exception:
    if isinstance(problem, OperationalError | InterfaceError):
        return UnavailableError(f"The database cannot take this now: {_plain(problem)}")
    return problem


def _plain(problem: Any) -> str:
    return str(problem.orig or problem).strip().partition("\n")[0]
