"""Keep logs with many events: a SQLite file and a PostgreSQL database, copied for each use."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import create_mock_engine

from benchmarks import load
from benchmarks.bench import Bench
from benchmarks.fill import fill
from benchmarks.peers import FOLDER
from peninsula.server.storage import tables
from tests.support.postgres import Cluster, find_server, start_cluster

__all__ = ["ENGINES", "bytes_an_event", "copy"]

ENGINES: Final = ("SQLite", "PostgreSQL")


@contextmanager
def copy(bench: Bench, engine: str) -> Iterator[str]:
    """Yield the URL of a log with `bench.stored` events, to do with as one likes."""
    if engine == "SQLite":
        target = bench.home() / "peninsula.db"
        shutil.copyfile(_file(bench), target)
        yield f"sqlite:///{target}"
        target.unlink()
    else:
        cluster = _cluster(bench)
        with cluster.fresh_database(_template(bench, cluster)) as url:
            yield url


def bytes_an_event(bench: Bench, engine: str) -> float:
    """Return what a stored event takes on disk, with its indexes and all that is derived of it."""
    if engine == "SQLite":
        return _file(bench).stat().st_size / bench.stored
    cluster = _cluster(bench)
    name = _template(bench, cluster)
    with psycopg.connect(cluster.url("postgres").replace("+psycopg", "")) as connection:
        sizes = "SELECT pg_database_size(%s), pg_database_size('template1')"
        row = connection.execute(sizes, (name,)).fetchone()
    assert row is not None  # noqa: S101  an aggregate has a row
    return float((row[0] - row[1]) / bench.stored)


# --- SQLite --------------------------------------------------------------------------------------


def _file(bench: Bench) -> Path:
    """Return the filled file, kept for later runs while schema and events stay the same."""
    path = FOLDER / f"stored-{bench.stored}-{_digest()}.db"
    if not path.exists():
        bench.say(f"  storing {bench.stored:,} events in SQLite")
        FOLDER.mkdir(exist_ok=True)
        with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
            partial = Path(folder) / "stored.db"
            fill(f"sqlite:///{partial}", bench.stored)
            with closing(sqlite3.connect(partial)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            for old in FOLDER.glob(f"stored-{bench.stored}-*.db"):
                old.unlink()
            partial.rename(path)
    return path


def _digest() -> str:
    said: list[str] = []
    mock = create_mock_engine("sqlite://", lambda sql, *_, **__: said.append(str(sql.compile())))
    tables.metadata.create_all(mock, checkfirst=False)
    said.append(Path(load.__file__).read_text())
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


# --- PostgreSQL ----------------------------------------------------------------------------------


def _cluster(bench: Bench) -> Cluster:
    if "cluster" not in bench.shared:
        programs = find_server()
        assert programs is not None  # noqa: S101  the caller has looked
        bench.shared["cluster"] = bench.stack.enter_context(start_cluster(programs, durable=True))
    cluster = bench.shared["cluster"]
    assert isinstance(cluster, Cluster)  # noqa: S101  it was put there above
    return cluster


def _template(bench: Bench, cluster: Cluster) -> str:
    def prepare(url: str) -> None:
        bench.say(f"  storing {bench.stored:,} events in PostgreSQL")
        fill(url, bench.stored)
        # What autovacuum does in the minute after: planners know the tables.
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")

    return cluster.template("stored", prepare)
