"""The journal that this process writes: made, locked, and made again if someone removed it."""

from __future__ import annotations

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Final, NamedTuple

from peninsula.core import codec
from peninsula.core.errors import PeninsulaError
from peninsula.core.home import Home
from peninsula.journal.home import FOLDER_MODE, prepare, write_whole
from peninsula.journal.journal import Header, Journal
from peninsula.journal.lock import Lock
from peninsula.journal.writer import Writer

__all__ = ["OwnJournal"]

_drafts: Final = count(1)


class OwnJournal:
    """The folder of one emitter. As with the writer, a signal handler may come in between."""

    def __init__(
        self, home: Home, header: Header, *, segment_bytes: int, sync_each: bool = False
    ) -> None:
        """Make nothing before the first record."""
        self._home = home
        self._segment_bytes = segment_bytes
        self._sync_each = sync_each
        self._lock: Lock | None = None
        self.journal: Final = Journal(home.journals / str(header.process.emitter), header)
        self.repaired: str | None = None
        """What was wrong with the home, for people."""

    def claim(self) -> bool:
        """Make and lock the folder, unless that is done; tell whether it could be."""
        try:
            self._claim()
        except (OSError, PeninsulaError):
            return False
        return True

    def open_writer(self) -> Writer:
        """Return a writer at the journal's end. Raises OSError, or ForbiddenError."""
        self._claim()
        return Writer(
            self.journal.folder, segment_bytes=self._segment_bytes, sync_each=self._sync_each
        )

    def _claim(self) -> None:
        folder = self.journal.folder
        while not folder.exists():
            self._make(folder)
        if self._lock is None or not self._lock.holds(self.journal.lock):
            self._lock = Lock.take(self.journal.lock)
        if self._lock is None:
            msg = f"{folder} was taken over by another process."
            raise BlockingIOError(msg)

    def _make(self, folder: Path) -> None:
        before = self._lock
        self.repaired = prepare(self._home) or self.repaired
        draft = _draft(self.journal)
        if self._lock is before:
            self._lock = draft.lock
            try:
                os.rename(draft.folder, folder)  # noqa: PTH104  a Path would be made of it
            except OSError:
                draft.discard()
        else:
            draft.discard()
        if before is not None:
            before.release()

    def close(self) -> None:
        """Unlock it. Safe twice."""
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()


class _Draft(NamedTuple):
    folder: Path
    lock: Lock

    def discard(self) -> None:
        self.lock.release()
        for name in ("lock", "header.json"):
            (self.folder / name).unlink(missing_ok=True)
        with suppress(OSError):  # what is left in it a later process removes
            self.folder.rmdir()


def _draft(journal: Journal) -> _Draft:
    """Make and lock the folder under another name: no adopter sees one that is not locked."""
    folder = journal.folder.with_name(f".{journal.folder.name}.{next(_drafts)}")
    folder.mkdir(FOLDER_MODE)
    lock = Lock.take(folder / "lock", create=True)
    if lock is None:
        msg = f"{folder} is locked by another process."
        raise BlockingIOError(msg)
    draft = _Draft(folder, lock)
    try:
        write_whole(folder / "header.json", codec.encode(journal.header))
    except BaseException:
        draft.discard()
        raise
    return draft
