"""Take over journals whose process is gone, and bring the rest of them to a server."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Generator, Iterator
from contextlib import suppress
from enum import Enum, auto
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from peninsula.client.configuration import home_of
from peninsula.core.errors import PeninsulaError
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal import kept, unsettled
from peninsula.journal.delivery import Delivery, Intake
from peninsula.journal.filesystem import is_shared
from peninsula.journal.journal import Journal, Shipped
from peninsula.journal.lock import Lock
from peninsula.journal.process import boot
from peninsula.journal.segments import Parcel, Reader, segments, tail_of
from peninsula.journal.store import Store
from peninsula.journal.tape import Tape
from peninsula.journal.writer import Writer

__all__ = ["abandoned", "adopt", "make_round", "read_batches", "take_over"]

QUIET: Final = 600.0
"""Seconds without a write after which a journal on a shared file system is shipped."""

DRAFT_AGE: Final = 3600.0
"""Seconds after which the folder of a journal that never got its name is removed."""

_log = logging.getLogger("peninsula.journal")


def adopt(settings: Settings, port: Intake, destination: str | None = None) -> int:
    """Bring all that is left for that destination to a server; return how many journals.

    A server calls it for its own home: at the start, and from time to time. What a restored server
    lacks is sent again; what was kept long enough is removed.
    """
    return sum(1 for done in make_round(home_of(settings), destination, port, settings) if done)


def make_round(
    home: Home, destination: str | None, port: Intake, settings: Settings
) -> Generator[Journal | None]:
    """Take over what is left, send again what the server lacks, and remove what has its time.

    One batch at a time; it gives a journal whenever one is whole. Raises what the port raises: the
    journals that are left then stay for the next time.
    """
    yield from take_over(home, destination, port)
    yield from kept.resend(home, destination, port, _send_again)
    kept.prune(home, settings)
    _remove_drafts(home)


def take_over(home: Home, destination: str | None, port: Intake) -> Generator[Journal | None]:
    """Deliver what was left behind, as a round does."""
    for journal, life in _others(home, destination):
        yield from _deliver(home, journal, life, port)


def abandoned(home: Home, destination: str | None) -> list[Journal]:
    """Return the journals for that destination whose process is known to be gone."""
    return [journal for journal, life in _others(home, destination) if life is Life.GONE]


def read_batches(journal: Journal, after: int = 0) -> Iterator[Parcel]:
    """Give the records of a journal after that number, in parcels of consecutive ones."""
    reader = Reader(journal.folder)
    while (parcel := reader.take(after)).bodies:
        yield parcel
        after = parcel.last


# --- who is gone -----------------------------------------------------------------------------


class Life(Enum):
    """What is known of a journal's process."""

    ALIVE = auto()
    GONE = auto()
    UNKNOWN = auto()
    """On a shared file system, where a lock of another machine may not be seen. Its records may
    be shipped, as a server takes them once; it is never said to be gone."""


def _others(home: Home, destination: str | None) -> Iterator[tuple[Journal, Life]]:
    try:
        # Emitters are named by time: what was left last is what someone waits for.
        names = sorted(os.listdir(home.journals), reverse=True)  # noqa: PTH208  few become paths
    except OSError:
        return
    shared = bool(names) and is_shared(home.journals)
    for name in names:
        journal = None if name.startswith(".") else Journal.open(home.journals / name)
        if journal is None or journal.header.destination != destination:
            continue
        life = _life_there(journal) if shared else _life(journal)
        if life is not Life.ALIVE:
            yield journal, life


def _life(journal: Journal) -> Life:
    lock = _take(journal)
    if lock is None:
        return Life.ALIVE
    lock.release()
    return Life.GONE


def _life_there(journal: Journal) -> Life:
    """Say what can be said without locks: the machine went down since, or nothing is written."""
    process = journal.header.process
    if process.host == os.uname().nodename and process.boot != boot():
        return Life.GONE
    latest = max((_modified(each.path) for each in segments(journal.folder)), default=0.0)
    return Life.UNKNOWN if time.time() - latest > QUIET else Life.ALIVE


def _take(journal: Journal) -> Lock | None:
    try:
        lock = Lock.take(journal.lock, create=True)
    except OSError:
        return None
    if lock is not None and not lock.holds(journal.lock):
        lock.release()
        return None
    return lock


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


# --- deliver what it left --------------------------------------------------------------------


def _deliver(home: Home, journal: Journal, life: Life, port: Intake) -> Iterator[Journal | None]:
    lock = _take(journal)
    if lock is None:
        return
    try:
        shipped = journal.shipped()
        is_whole = shipped is not None and shipped.closed and shipped.number >= journal.last()
        if not is_whole or journal.calls.exists():
            yield from _send_rest(home, journal, life, port)
            shipped = journal.shipped()
        if life is Life.GONE or (shipped is not None and shipped.closed):
            kept.keep(home, journal)
        yield journal
    except OSError as problem:
        _log.info("The journal %s cannot be taken over now: %s", journal.folder, problem)
    finally:
        lock.release()


def _send_again(home: Home, journal: Journal, port: Intake) -> Iterator[None]:
    """Send a kept journal to a server that has less of it than another had."""
    lock = _take(journal)
    if lock is None:
        return
    try:
        yield from _send_rest(home, journal, Life.GONE, port, begin=0)
    finally:
        lock.release()


def _send_rest(
    home: Home, journal: Journal, life: Life, port: Intake, begin: int | None = None
) -> Iterator[None]:
    gone = life is Life.GONE
    if begin is None:
        shipped = journal.shipped()
        begin = 0 if shipped is None else shipped.number
    tape, writer = _tape(journal)
    delivery = Delivery(
        tape,
        journal.header.process,
        port,
        home.rejected,
        committed=min(begin, tape.last),
        adopted=gone,
        adds=gone,
    )
    try:
        if gone:
            unsettled.settle(journal, tape)
        while not delivery.closed and delivery.step(closing=gone):
            yield
    finally:
        writer.close()
    if delivery.log_id is not None:
        journal.note(
            Shipped(log_id=delivery.log_id, number=delivery.committed, closed=delivery.closed)
        )


class _Stamped(Struct):
    stamp: int = 0


def _tape(journal: Journal) -> tuple[Tape, Writer]:
    """Return the journal's tape, to go on with: who takes over may have something to add."""
    writer = Writer(journal.folder)
    found = segments(journal.folder)
    body = tail_of(found[-1]).body if found else None
    stamp = 0 if body is None else msgspec.json.decode(body, type=_Stamped).stamp
    store = Store(lambda: writer, float("inf"), writer)
    return Tape(store, time.time_ns, (writer.written, stamp)), writer


def _remove_drafts(home: Home) -> None:
    """Remove folders whose process was killed before its journal had its name."""
    for draft in home.journals.glob(".*"):
        with suppress(OSError, PeninsulaError):
            lock = None
            if time.time() - draft.stat().st_mtime > DRAFT_AGE:
                lock = Lock.take(draft / "lock", create=True)
            if lock is not None:
                kept.remove(draft)
                lock.release()
