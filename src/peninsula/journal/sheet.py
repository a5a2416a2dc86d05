"""Keep a few numbers where they outlive the process: one file of fixed size, mapped into memory.

    header      4096 bytes   magic, format, how many slots and counters
    slots      128 x 2048    state (8 bytes), two bodies of 1016 bytes
    counters   128 x 4096    state (8 bytes), a body of 2040 bytes, two halves of 1024 bytes

A state of 0 is empty. Else its last bit says which of the two halves counts: the other one is
written first, and one store of 8 bytes makes it the one that counts. A body is its length, its
CRC-32, and JSON. So whenever the process is killed, what is read is the old content or the new.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple, Protocol, Self

from peninsula.core.tallies import NUMBERS, Tally
from peninsula.journal.filesystem import may_be_mapped
from peninsula.journal.home import FILE_MODE

__all__ = ["COUNTERS", "SLOTS", "SLOT_BODY", "Filled", "Sheet", "Summed", "read_sheet"]

SLOTS: Final = 128
COUNTERS: Final = 128

_MAGIC: Final = b"peninsula calls\n"
_FORMAT: Final = 1
_HEADER: Final = struct.Struct("<16sIII")
_STATE: Final = struct.Struct("=Q")
_HEAD: Final = struct.Struct("<II")

_HEADER_BYTES: Final = 4096
_SLOT_BYTES: Final = 2048
_SLOT_HALF: Final = 1016
_RESTS_AT: Final = _HEADER_BYTES + _STATE.size + 2 * _SLOT_HALF
"""In the first slot: the ticket of what waits for who called it."""
_COUNTER_BYTES: Final = 4096
_COUNTER_HALF: Final = 1024
_HALVES: Final = _COUNTER_BYTES - 2 * _COUNTER_HALF
_COUNTERS_AT: Final = _HEADER_BYTES + SLOTS * _SLOT_BYTES
_SIZE: Final = _COUNTERS_AT + COUNTERS * _COUNTER_BYTES
_TALLY_BYTES: Final = 8 * NUMBERS

SLOT_BODY: Final = _SLOT_HALF - _HEAD.size
"""Bytes of the JSON that a slot has room for; a counter has more."""


class _Memory(Protocol):
    def put(self, at: int, data: bytes) -> None: ...

    def mark(self, at: int, state: int) -> None: ...

    def close(self) -> None: ...


class Sheet:
    """The file of one living process. Callers exclude other threads."""

    def __init__(self, memory: _Memory | None) -> None:
        """Keep it there; without memory, nothing is kept."""
        self._memory = memory
        self._put = _put_nowhere if memory is None else memory.put
        self._mark = _mark_nowhere if memory is None else memory.mark

    @classmethod
    def make(cls, path: Path) -> Self:
        """Make the file. Where the disk has no room for it, nothing outlives the process."""
        try:
            return cls(_memory_at(path))
        except OSError:
            return cls(None)

    def fill(self, slot: int, ticket: int, half: int, body: bytes) -> None:
        """Say what is under way; the other half of a slot that is filled says it anew."""
        at = _HEADER_BYTES + slot * _SLOT_BYTES
        self._put(at + _STATE.size + half * _SLOT_HALF, _framed(body))
        self._mark(at, ticket << 1 | half)

    def rest(self, slot: int, ticket: int) -> None:
        """Say that what has this ticket waits for who called it; 0: it is at work again.

        Done twice for each value of a generator, and so without a lock.
        """
        try:  # noqa: SIM105  `suppress` costs more than all the rest
            self._mark(_RESTS_AT + slot * _SLOT_BYTES, ticket)
        except ValueError:
            pass  # another thread has just closed it

    def clear(self, slot: int) -> None:
        """Say that it is over."""
        self._mark(_HEADER_BYTES + slot * _SLOT_BYTES, 0)

    def describe(self, counter: int, body: bytes) -> None:
        """Say what a counter is to count. It counts from the first `count` on."""
        self._put(_COUNTERS_AT + counter * _COUNTER_BYTES + _STATE.size, _framed(body))

    def count(self, counter: int, half: int, tally: Tally) -> None:
        """Keep what a counter has counted up to now in the half that did not count."""
        at = _COUNTERS_AT + counter * _COUNTER_BYTES
        self._put(at + _HALVES + half * _COUNTER_HALF, tally.encode())
        self._mark(at, 2 | half)

    def free(self, counter: int) -> None:
        """Say that a counter counts nothing any more."""
        self._mark(_COUNTERS_AT + counter * _COUNTER_BYTES, 0)

    def close(self) -> None:
        """Let go of the file. Safe twice."""
        memory, self._memory = self._memory, None
        self._put, self._mark = _put_nowhere, _mark_nowhere
        if memory is not None:
            memory.close()


def _put_nowhere(_: int, __: bytes) -> None:
    """Keep nothing."""


def _mark_nowhere(_: int, __: int) -> None:
    """Keep nothing."""


def _framed(body: bytes) -> bytes:
    return _HEAD.pack(len(body), zlib.crc32(body)) + body


def _memory_at(path: Path) -> _Memory:
    mapped = hasattr(os, "posix_fallocate") and may_be_mapped(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, FILE_MODE)
    try:
        memory = _mapped(file) if mapped else _Written(file)
        memory.put(0, _HEADER.pack(_MAGIC, _FORMAT, SLOTS, COUNTERS))
    except BaseException:
        os.close(file)
        with suppress(OSError):
            path.unlink()
        raise
    if mapped:
        os.close(file)
    return memory


class _Mapped:
    """Stores cost nothing, and the system writes them to the disk when it likes."""

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory
        self._states = memoryview(memory).cast("Q")

    def put(self, at: int, data: bytes) -> None:
        self._memory[at : at + len(data)] = data

    def mark(self, at: int, state: int) -> None:
        self._states[at // _STATE.size] = state

    def close(self) -> None:
        self._states.release()
        self._memory.close()


def _mapped(file: int) -> _Mapped:
    # A store into a page that the disk has no room for is SIGBUS: there is room for all of it, or
    # none is mapped.
    os.posix_fallocate(file, 0, _SIZE)
    return _Mapped(mmap.mmap(file, _SIZE))


class _Written:
    """Where a mapped file may not have the room that was given to it: system calls."""

    def __init__(self, file: int) -> None:
        self._file = file

    def put(self, at: int, data: bytes) -> None:
        # A full disk costs what would outlive the process, and nothing else.
        with suppress(OSError):
            os.pwrite(self._file, data, at)

    def mark(self, at: int, state: int) -> None:
        self.put(at, _STATE.pack(state))

    def close(self) -> None:
        os.close(self._file)


# --- what a process that is gone left ------------------------------------------------------------


class Filled(NamedTuple):
    """A slot that was not cleared."""

    ticket: int
    body: bytes
    idle: bool
    """What was under way waited for who had called it."""


class Summed(NamedTuple):
    """A counter that was not told."""

    body: bytes
    tally: Tally


def read_sheet(path: Path) -> tuple[list[Filled], list[Summed]]:
    """Return what is in the file; nothing of one that cannot be read or is of a newer format."""
    try:
        content = path.read_bytes()
    except OSError:
        return [], []
    if len(content) < _HEADER.size:
        return [], []
    content = content.ljust(_SIZE, b"\0")
    if _HEADER.unpack_from(content) != (_MAGIC, _FORMAT, SLOTS, COUNTERS):
        return [], []
    return list(_filled(content)), list(_summed(content))


def _filled(content: bytes) -> Iterator[Filled]:
    for slot in range(SLOTS):
        at = _HEADER_BYTES + slot * _SLOT_BYTES
        (state,) = _STATE.unpack_from(content, at)
        (rests,) = _STATE.unpack_from(content, _RESTS_AT + slot * _SLOT_BYTES)
        body = _body(content, at + _STATE.size + (state & 1) * _SLOT_HALF)
        if state and body is not None:
            yield Filled(state >> 1, body, rests == state >> 1)


def _summed(content: bytes) -> Iterator[Summed]:
    for at in range(_COUNTERS_AT, _SIZE, _COUNTER_BYTES):
        (state,) = _STATE.unpack_from(content, at)
        body = _body(content, at + _STATE.size)
        if state and body is not None:
            begin = at + _HALVES + (state & 1) * _COUNTER_HALF
            yield Summed(body, Tally.read(content[begin : begin + _TALLY_BYTES]))


def _body(content: bytes, at: int) -> bytes | None:
    length, checksum = _HEAD.unpack_from(content, at)
    body = content[at + _HEAD.size : at + _HEAD.size + length]
    return body if len(body) == length and zlib.crc32(body) == checksum else None
