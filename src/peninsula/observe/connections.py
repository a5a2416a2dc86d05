"""Observe that psycopg connects: its instrumentation sees what is executed, and no more.

Of what it copies, commits and does with cursors of the server failures are told
(`sdk.outside.later`).
"""

from __future__ import annotations

from contextlib import AbstractContextManager, suppress
from functools import partial
from typing import Any, Final

import psycopg
from opentelemetry.trace import TracerProvider
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo
from wrapt import wrap_function_wrapper

from peninsula.core.places import place_of
from peninsula.observe.connecting import connecting, within, within_later
from peninsula.observe.contexts import run_here
from peninsula.sdk.outside.later import Use, follow, of_place

__all__ = ["observe"]

SCOPE: Final = "opentelemetry.instrumentation.psycopg"


def observe(provider: TracerProvider) -> None:
    """Observe all connections that are made from now on."""
    tracer = provider.get_tracer(SCOPE)

    def begin(_: object, args: Any, kwargs: Any) -> AbstractContextManager[object]:
        return connecting(tracer, _place(*args, **kwargs))

    wrap_function_wrapper("psycopg", "connect", within(begin))
    wrap_function_wrapper("psycopg", "Connection.connect", within(begin))
    wrap_function_wrapper("psycopg", "AsyncConnection.connect", within_later(begin))
    for owner, names, method in _LATER:
        follow(owner, names, _is_fault, partial(_used, method))


# --- what comes after statements ------------------------------------------------------------------

_LATER: Final = (
    (psycopg.Connection, "commit", "commit"),
    (psycopg.AsyncConnection, "commit", "commit"),
    (psycopg.Transaction, "__exit__", "commit"),
    (psycopg.AsyncTransaction, "__aexit__", "commit"),
    (psycopg.Cursor, "copy", "copy"),
    (psycopg.AsyncCursor, "copy", "copy"),
    (psycopg.Cursor, "stream", "fetch"),
    (psycopg.AsyncCursor, "stream", "fetch"),
    (psycopg.ServerCursor, "execute", "execute"),
    (psycopg.AsyncServerCursor, "execute", "execute"),
    (psycopg.ServerCursor, "fetchone fetchmany fetchall __next__", "fetch"),
    (psycopg.AsyncServerCursor, "fetchone fetchmany fetchall __anext__", "fetch"),
)
"""Methods, and how their calls are named."""


def _is_fault(error: BaseException) -> bool:
    """Tell what the server says, or that it is gone, from what is asked of psycopg wrongly."""
    return isinstance(error, psycopg.OperationalError) or (
        isinstance(error, psycopg.Error) and error.sqlstate is not None
    )


def _used(method: str, by: Any) -> Use | None:
    """Return what a connection leads to, or the one that a cursor or a transaction is of."""
    info = getattr(by, "connection", by).info
    place = place_of(SCOPE, method, _said(info.host, info.port, info.dbname))
    return of_place(place, run_here(None))


# --- where it leads -------------------------------------------------------------------------------


def _place(conninfo: Any = "", *_: object, **options: Any) -> dict[str, str]:
    """Return where this leads; of several hosts, where it leads first."""
    said = _defaults()
    with suppress(psycopg.Error, TypeError):  # whoever connects is told what cannot be read
        asked = {name: value for name, value in options.items() if name in said}
        said |= conninfo_to_dict(conninfo, **asked)
    return _said(said["host"] or said["hostaddr"], said["port"], said["dbname"] or said["user"])


def _said(host: object, port: object, database: object) -> dict[str, str]:
    found = {
        "db.system": "postgresql",
        "server.address": host,
        "server.port": port,
        "db.name": database,
    }
    return {name: str(value).partition(",")[0] for name, value in found.items() if value}


def _defaults() -> dict[str, Any]:
    """Return what libpq takes where nothing is said: from its environment, or its own."""
    return {
        each.keyword.decode(): None if each.val is None else each.val.decode()
        for each in Conninfo.get_defaults()
    }
