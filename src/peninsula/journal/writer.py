"""Append records to a journal's segments, so that no signal and no full disk tears them.

Each record has one place, known beforehand: a file, an offset, a number. Writing it there twice
writes the same bytes, so an interrupted write is simply made again, by whoever comes next. The
place moves on in one assignment, which nothing can interrupt.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from peninsula.core.frames import frame
from peninsula.journal.home import FILE_MODE
from peninsula.journal.segments import segment_path, segments, tail_of

__all__ = ["SEGMENT_BYTES", "Writer"]

SEGMENT_BYTES: Final = 4 * 1024 * 1024
"""A segment that would grow beyond this is followed by another."""

_FLAGS: Final = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
_NO_FILE: Final = -1

Place = tuple[int, int, int, int]
"""Descriptor, offset, number of the record that goes there, bytes written to all segments."""


class Writer:
    """The end of one journal.

    Callers exclude other threads. The same thread may come in again from a signal handler, or
    leave in the middle by an exception: after every call here it is asked whether the place is
    still the one that was read, and between that question and the answer's use nothing runs.
    """

    def __init__(
        self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES, sync_each: bool = False
    ) -> None:
        """Begin an empty journal, or go on behind the last whole record of another."""
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._sync_each = sync_each
        self._place: Place = (_NO_FILE, 0, 1, 0)
        self._before = _NO_FILE
        self._synced: Place = self._place
        if found := segments(folder):
            tail = tail_of(found[-1])
            file = os.open(found[-1].path, _FLAGS, FILE_MODE)
            self._place = (file, tail.offset, tail.number, tail.offset)

    @property
    def written(self) -> int:
        """The number of the last record in the files."""
        return self._place[2] - 1

    @property
    def size(self) -> int:
        """Bytes written so far."""
        return self._place[3]

    def put(self, number: int, body: bytes) -> None:
        """Write a record, unless it is written. Raises OSError when the disk does not take it.

        A number beyond the next begins a segment: what is between is not in the files.
        """
        data = frame(body)
        while (place := self._place)[2] <= number:
            file, offset, at, size = place
            if file < 0 or at < number or (offset and offset + len(data) > self._segment_bytes):
                self._begin(place, number)
                continue
            self._write(place, data)
            if self._place is place:
                self._place = (file, offset + len(data), number + 1, size + len(data))

    def _begin(self, place: Place, number: int) -> None:
        file = os.open(segment_path(self.folder, number), _FLAGS, FILE_MODE)
        if self._place is not place:
            os.close(file)
            return
        # The last file stays open until the next but one: a write that a signal interrupted may
        # still be repeated there, and its descriptor must not be another file's by then.
        old, self._before = self._before, place[0]
        self._place = (file, 0, number, place[3])
        if old >= 0:
            os.close(old)
        if self._sync_each:
            _sync_folder(self.folder)

    def _write(self, place: Place, data: bytes) -> None:
        file, offset, _, _ = place
        try:
            if self._place is place:
                done = os.pwrite(file, data, offset)
                while done < len(data) and self._place is place:
                    done += os.pwrite(file, data[done:], offset + done)
            if self._sync_each and self._place is place:
                os.fdatasync(file)
        except OSError:
            with suppress(OSError):
                if self._place is place:
                    os.ftruncate(file, offset)
            raise

    def sync(self) -> None:
        """Have the system write to the disk what it has not yet. Raises OSError."""
        place = self._place
        if place is not self._synced and place[0] >= 0:
            if self._before >= 0:
                os.fdatasync(self._before)
            os.fdatasync(place[0])
            self._synced = place

    def close(self) -> None:
        """Close the files. Safe twice."""
        file, self._place = self._place[0], (_NO_FILE, *self._place[1:])
        before, self._before = self._before, _NO_FILE
        for each in (file, before):
            if each >= 0:
                with suppress(OSError):
                    os.close(each)


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)
