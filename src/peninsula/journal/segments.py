"""Read a journal's files: segments of frames, each named by the number of its first record.

Within a segment the numbers have no holes; between two they may, where records went to the server
from memory while the disk was full.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from peninsula.core import limits
from peninsula.core.frames import HEAD_BYTES, unframe

__all__ = ["Parcel", "Reader", "Segment", "Tail", "segment_path", "segments", "tail_of"]

SUFFIX: Final = ".seg"
CHUNK: Final = HEAD_BYTES + limits.RECORD_BYTES
"""Bytes read at a time: the largest frame fits, so that a chunk without a whole one is the end."""


class Segment(NamedTuple):
    """One file of a journal."""

    first: int
    """The number of its first record."""
    path: Path


class Parcel(NamedTuple):
    """Encoded records that follow each other."""

    first: int
    """The number of the first."""
    bodies: list[bytes]

    @property
    def last(self) -> int:
        """The number of the last one."""
        return self.first + len(self.bodies) - 1


def segment_path(folder: Path, first: int) -> Path:
    """Return where the segment that begins with that record lies."""
    return folder / f"{first:08}{SUFFIX}"


def segments(folder: Path) -> list[Segment]:
    """Return the segments of a journal, oldest first; none where the folder is gone."""
    try:
        names = os.listdir(folder)  # noqa: PTH208  paths are made of few of them
    except FileNotFoundError:
        return []
    stems = [name.removesuffix(SUFFIX) for name in names if name.endswith(SUFFIX)]
    return sorted(
        Segment(int(stem), folder / (stem + SUFFIX)) for stem in stems if stem.isdecimal()
    )


class Reader:
    """Reads a journal on from wherever it stopped, while it may still be written."""

    def __init__(self, folder: Path) -> None:
        """Begin with what is asked for first."""
        self._folder = folder
        self._next = 0
        self._segment: Segment | None = None
        self._offset = 0

    def take(self, after: int, until: int | None = None) -> Parcel:
        """Return the next records after that number, and up to the other, as one read gives.

        It begins later than `after + 1` when what is between is not in the files, and is empty
        when nothing later is.
        """
        if self._segment is None or self._next != after + 1:
            self._seek(after)
        for segment in self._onwards():
            if segment != self._segment:
                self._segment, self._next, self._offset = segment, segment.first, 0
            self._skip(after)
            if until is not None and self._next > until:
                break
            most = limits.BATCH_RECORDS
            if until is not None:
                most = min(most, until - self._next + 1)
            if bodies := self._read(most):
                return Parcel(self._next - len(bodies), bodies)
        return Parcel(after + 1, [])

    def _seek(self, after: int) -> None:
        self._segment = None
        for segment in segments(self._folder):
            if self._segment is None or segment.first <= after + 1:
                self._segment = segment
        self._next = 0 if self._segment is None else self._segment.first
        self._offset = 0

    def _onwards(self) -> Iterator[Segment]:
        """Give the segment read last, if any, and those after it."""
        current = self._segment
        if current is None:
            return
        yield current
        for segment in segments(self._folder):
            if segment.first > current.first:
                yield segment

    def _skip(self, after: int) -> None:
        while self._next <= after and self._read(min(after - self._next + 1, limits.BATCH_RECORDS)):
            pass

    def _read(self, most: int) -> list[bytes]:
        assert self._segment is not None  # noqa: S101  the callers set it
        bodies, end = unframe(_bytes(self._segment.path, self._offset), most)
        self._offset += end
        self._next += len(bodies)
        return bodies


def _bytes(path: Path, offset: int) -> bytes:
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(offset)
            return file.read(CHUNK)
    except FileNotFoundError:
        return b""


class Tail(NamedTuple):
    """Where a segment ends."""

    number: int
    """The number after its last whole record."""
    offset: int
    body: bytes | None
    """Its last record, None when it has none."""


def tail_of(segment: Segment) -> Tail:
    """Return where the whole frames of a segment end."""
    tail = Tail(segment.first, 0, None)
    while True:
        bodies, end = unframe(_bytes(segment.path, tail.offset))
        if not bodies:
            return tail
        tail = Tail(tail.number + len(bodies), tail.offset + end, bodies[-1])
