"""Keep what a server has for a while: one that is restored from a backup can get it again."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise
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

__all__ = ["forget_log", "keep", "prune", "prune_segments", "remove", "resend"]

PRUNE_EVERY: Final = 600.0
"""Seconds between two looks at what may be removed, by any process of the home."""

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
    log_id: UUID | None,
    send: Callable[[Home, Journal, Intake], Iterator[None]],
) -> Iterator[Journal | None]:
    """Send again what this server's log lacks, if it is not the log that was last seen."""
    if not home.kept.is_dir():
        return
    log_id = log_id or port.offers([]).log_id
    seen = _seen(home)
    if seen.get(destination or "") == log_id:
        return
    for journal in _lacking(home, destination, port):
        for _ in send(home, journal, port):
            yield None
        yield journal
    with suppress(OSError):
        write_whole(home.kept / _SEEN, codec.encode({**seen, destination or "": log_id}))


def forget_log(home: Home, destination: str | None) -> None:
    """Have the next `resend` compare, as the server was seen to lack what it had."""
    seen = _seen(home)
    if seen.pop(destination or "", None) is not None:
        with suppress(OSError):
            write_whole(home.kept / _SEEN, codec.encode(seen))


def _seen(home: Home) -> dict[str, UUID]:
    try:
        return msgspec.json.decode((home.kept / _SEEN).read_bytes(), type=dict[str, UUID])
    except (OSError, msgspec.MsgspecError):
        return {}


def _lacking(home: Home, destination: str | None, port: Intake) -> Iterator[Journal]:
    journals = [
        journal
        for folder in _folders(home)
        if (journal := Journal.open(folder)) is not None
        and journal.header.destination == destination
    ]
    for start in range(0, len(journals), OFFERED):
        some = journals[start : start + OFFERED]
        committed = port.offers([journal.emitter for journal in some]).committed
        for journal in some:
            if committed.get(journal.emitter, 0) < journal.last():
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
    for folder in _beyond([_weigh(folder) for folder in _folders(home)], settings):
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


def _folders(home: Home) -> list[Path]:
    try:
        names = os.listdir(home.kept)  # noqa: PTH208  faster, and there may be thousands
    except OSError:
        return []
    return [home.kept / name for name in names if not name.startswith(".")]


def remove(folder: Path) -> None:
    """Remove a folder; another process may be at it as well."""
    shutil.rmtree(folder, ignore_errors=True)
