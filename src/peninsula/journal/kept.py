"""Keep what a server has for a while: one that is restored from a backup can get it again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from peninsula.core import codec
from peninsula.core.home import Home
from peninsula.core.settings import Settings
from peninsula.journal.delivery import Intake
from peninsula.journal.home import private_folder, write_whole
from peninsula.journal.journal import Journal
from peninsula.journal.segments import segments

__all__ = ["keep", "prune", "prune_segments", "remove", "resend"]

PRUNE_EVERY: Final = 600.0
"""Seconds between two looks at what may be removed, by any process of the home."""

SAMPLE: Final = 20
"""Kept journals that are compared to notice that a server went back, and as many others in turn."""

TURN: Final = 5.0
"""Seconds until it is the next ones' turn."""

OFFERED: Final = 1_000
"""Emitters that a server is asked about at once."""

_PRUNED: Final = ".pruned"
_SEEN: Final = ".seen"

MIB: Final = 1024 * 1024


def keep(home: Home, journal: Journal) -> None:
    """Move a journal that is on its server to those that are kept. Raises OSError."""
    private_folder(home.kept)
    os.rename(journal.folder, home.kept / journal.folder.name)  # noqa: PTH104  beside listdir


# --- a server that was restored --------------------------------------------------------------


def resend(
    home: Home,
    destination: str | None,
    port: Intake,
    send: Callable[[Home, Journal, Intake], Iterator[None]],
) -> Iterator[Journal | None]:
    """Send again what a server's log lacks, if it is not the log that was last seen whole.

    A log that was restored from a backup has another name. One whose files were put back has not,
    and lacks what was kept last.
    """
    names = sorted(_names(home), reverse=True)
    sample = list(islice(_journals(home, destination, _looked_at(names)), 2 * SAMPLE))
    if not sample:
        return
    log_id, lacking = _compare(sample, port)
    if not lacking and _seen(home).get(destination or "") == log_id:
        return
    # Whoever goes on, should this be broken off, finds that the log is not known to be whole: the
    # journals that the sample is of are sent first.
    _see(home, destination, None)
    whole = True
    for journal in _lacking(home, destination, port, names):
        whole = False
        for _ in send(home, journal, port):
            yield None
        yield journal
    if whole:
        _see(home, destination, log_id)


def _looked_at(names: list[str]) -> Iterator[str]:
    """Give the newest, and others in turn: of those that were kept last, one may be old."""
    others = names[SAMPLE:]
    at = int(time.time() // TURN) * SAMPLE % len(others) if others else 0
    return chain(names[:SAMPLE], others[at:], others[:at])


def _seen(home: Home) -> dict[str, UUID]:
    try:
        return msgspec.json.decode((home.kept / _SEEN).read_bytes(), type=dict[str, UUID])
    except (OSError, msgspec.MsgspecError):
        return {}


def _see(home: Home, destination: str | None, log_id: UUID | None) -> None:
    """Note that the log of that name has all that is kept; None: that no log is known to."""
    before = _seen(home)
    seen = {url: known for url, known in before.items() if url != (destination or "")}
    if log_id is not None:
        seen[destination or ""] = log_id
    if seen != before:
        with suppress(OSError):
            write_whole(home.kept / _SEEN, codec.encode(seen))


def _lacking(
    home: Home, destination: str | None, port: Intake, names: list[str]
) -> Iterator[Journal]:
    journals = _journals(home, destination, names)
    while some := list(islice(journals, OFFERED)):
        yield from _compare(some, port)[1]


def _compare(journals: list[Journal], port: Intake) -> tuple[UUID, list[Journal]]:
    """Return the name of the log, and those of the journals that it has not all of."""
    offers = port.offers([journal.emitter for journal in journals])
    return offers.log_id, [
        journal
        for journal in journals
        if offers.committed.get(journal.emitter, 0) < _number(journal)
    ]


def _number(journal: Journal) -> int:
    shipped = journal.shipped()
    return journal.last() if shipped is None else shipped.number


def _journals(home: Home, destination: str | None, names: Iterable[str]) -> Iterator[Journal]:
    """Give those of the kept journals that are of that destination."""
    for name in names:
        journal = Journal.open(home.kept / name)
        if journal is not None and journal.header.destination == destination:
            yield journal


# --- what goes -------------------------------------------------------------------------------


class _Weight(NamedTuple):
    modified: float
    size: int
    path: Path


def prune(home: Home, settings: Settings) -> None:
    """Remove the journals kept longest, beyond what the settings keep."""
    stamp = home.kept / _PRUNED
    try:
        if time.time() - stamp.stat().st_mtime < PRUNE_EVERY:
            return
    except FileNotFoundError:
        if not home.kept.is_dir():
            return
    with suppress(OSError):
        stamp.touch(0o600)
    for folder in _beyond([_weigh(home.kept / name) for name in _names(home)], settings):
        remove(folder)


def prune_segments(folder: Path, committed: int, settings: Settings) -> None:
    """Remove the living process's own segments, where a server has them, by the same rule."""
    found = segments(folder)
    weights = []
    for segment, following in pairwise(found):
        if following.first - 1 <= committed:
            with suppress(OSError):
                there = segment.path.stat()
                weights.append(_Weight(there.st_mtime, there.st_size, segment.path))
    for path in _beyond(weights, settings):
        with suppress(OSError):
            path.unlink()


def _beyond(weights: list[_Weight], settings: Settings) -> Iterator[Path]:
    oldest = time.time() - settings.journal_keep_hours * 3600
    room = settings.journal_keep_mb * MIB
    for weight in sorted(weights, reverse=True):
        room -= weight.size
        if room < 0 or weight.modified < oldest:
            yield weight.path


def _weigh(folder: Path) -> _Weight:
    modified, size = 0.0, 0
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            there = entry.stat()
            modified = max(modified, there.st_mtime)
            # What it takes on the disk: most journals are smaller than a block.
            size += there.st_blocks * 512
    return _Weight(modified, size, folder)


def _names(home: Home) -> list[str]:
    try:
        names = os.listdir(home.kept)  # noqa: PTH208  there may be thousands
    except OSError:
        return []
    return [name for name in names if not name.startswith(".")]


def remove(folder: Path) -> None:
    """Remove a folder; another process may be at it as well."""
    shutil.rmtree(folder, ignore_errors=True)
