"""Observe client libraries: each when it is imported, by OpenTelemetry's instrumentation of it."""

from __future__ import annotations

import logging
from functools import partial
from importlib import import_module
from typing import Any, Final, NamedTuple

from peninsula.client import own
from peninsula.sdk.outside.imports import once_imported

__all__ = ["LIBRARIES", "Library", "watch"]

_log = logging.getLogger("peninsula.observe")

_INSTRUMENTATIONS: Final = "opentelemetry.instrumentation."


class Library(NamedTuple):
    """A client library, and what instruments it."""

    module: str
    """With its import the library is there: the package, as parts are there before the whole."""
    instrumentor: str
    """Module and class, below `opentelemetry.instrumentation`."""
    hooks: str | None = None
    """Function of `observe.answers` that gives what its instrumentor takes besides."""
    besides: str | None = None
    """Module of `observe` that observes what its instrumentor leaves out."""


LIBRARIES: Final = (
    Library("aiohttp", "aiohttp_client.AioHttpClientInstrumentor", "of_aiohttp"),
    Library("asyncpg", "asyncpg.AsyncPGInstrumentor", besides="asyncpg_connections"),
    Library("botocore.client", "botocore.BotocoreInstrumentor", "of_botocore"),
    Library("elasticsearch", "elasticsearch.ElasticsearchInstrumentor"),
    Library("grpc", "grpc.GrpcAioInstrumentorClient", besides="channels"),
    Library("httpx", "httpx.HTTPXClientInstrumentor", "of_httpx"),
    Library("kafka", "kafka.KafkaInstrumentor"),
    Library("mysql.connector", "mysql.MySQLInstrumentor"),
    Library("pika", "pika.PikaInstrumentor"),
    Library("psycopg", "psycopg.PsycopgInstrumentor", besides="connections"),
    Library("psycopg2", "psycopg2.Psycopg2Instrumentor"),
    Library("pymongo", "pymongo.PymongoInstrumentor"),
    Library("pymysql", "pymysql.PyMySQLInstrumentor"),
    Library("redis", "redis.RedisInstrumentor"),
    Library("requests", "requests.RequestsInstrumentor", "of_requests"),
    Library("urllib.request", "urllib.URLLibInstrumentor", "of_urllib"),
    Library("urllib3", "urllib3.URLLib3Instrumentor", "of_urllib3"),
)
"""SQLAlchemy is not among them: `observe.engines`."""


def watch() -> None:
    """Observe what is imported already, and the rest when it is."""
    for library in LIBRARIES:
        once_imported(library.module, partial(_observe, library.module, library))
    once_imported("sqlalchemy", partial(_observe, "sqlalchemy", None))


def _observe(name: str, library: Library | None) -> None:
    """Observe a library; whatever fails there is no failure of its importer."""
    try:
        with own.traffic():
            _instrument(library)
    except Exception as problem:  # noqa: BLE001  code of others, which reads what is installed
        _log.debug("%s is not observed: %s", name, problem, exc_info=True)


def _instrument(library: Library | None) -> None:
    # Weight: OpenTelemetry's SDK, for processes that import such a library.
    from peninsula.observe import answers, providers, threads  # noqa: PLC0415

    threads.follow()
    if library is None:
        _load("engines").observe(providers.provider())
        return
    module, _, class_ = library.instrumentor.rpartition(".")
    instrumentor: Any = getattr(import_module(_INSTRUMENTATIONS + module), class_)()
    if instrumentor.is_instrumented_by_opentelemetry:
        return  # by the user; his provider has our processor
    hooks = getattr(answers, library.hooks)() if library.hooks else {}
    instrumentor.instrument(
        tracer_provider=providers.provider(), raise_exception_on_conflict=True, **hooks
    )
    if library.besides is not None:
        _load(library.besides).observe(providers.provider())


def _load(module: str) -> Any:
    # Weight: the library, which this process has imported.
    return import_module(f"peninsula.observe.{module}")
