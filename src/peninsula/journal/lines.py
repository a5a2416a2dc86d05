"""Fit log lines into records: what is too long is cut and says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from peninsula.core import limits
from peninsula.core.records import LogLine
from peninsula.core.texts import one_line

__all__ = ["DEBUG", "cut", "in_records"]

DEBUG: Final = 10
"""The highest level that counts as debug, as in `logging`."""

HIGHEST: Final = 1000
"""A level above it is taken for it."""

ENCODED: Final = 6
"""Bytes that one character takes in JSON at most."""

BESIDE: Final = 128
"""Bytes of an encoded line beside its texts, at most."""

ROOM: Final = limits.RECORD_BYTES - 4 * 1024
"""Bytes of a record for its lines."""


def in_records(lines: Sequence[LogLine]) -> Iterator[tuple[LogLine, ...]]:
    """Give the lines in as few groups as records hold."""
    group: list[LogLine] = []
    size = 0
    for line in map(_fitted, lines):
        weight = (len(line.message) + len(line.logger)) * ENCODED + BESIDE
        if group and size + weight > ROOM:
            yield tuple(group)
            group, size = [], 0
        group.append(line)
        size += weight
    if group:
        yield tuple(group)


def _fitted(line: LogLine) -> LogLine:
    message, logger = _message(line.message), _logger(line.logger)
    level = min(max(line.level, 0), HIGHEST)
    if message is line.message and logger is line.logger and level == line.level:
        return line
    return LogLine(time=line.time, level=level, logger=logger, message=message)


def _message(text: str) -> str:
    if text.isascii() and len(text) <= limits.LOG_LINE_BYTES:
        return text
    return cut(text, limits.LOG_LINE_BYTES)


def cut(text: str, most: int) -> str:
    """Return no more of a text than so many bytes, which says what it had where it had more."""
    # Half a surrogate pair is no text that JSON could carry.
    data = text.encode("utf-8", "backslashreplace")
    if len(data) > most:
        note = f" … (cut here: the line has {len(data)} bytes)"
        return data[: most - len(note.encode())].decode("utf-8", "ignore") + note
    return data.decode()


def _logger(name: str) -> str:
    if 0 < len(name) <= limits.NAME_CHARS and name.isascii() and name.isprintable():
        return name
    return one_line("".join(c if c.isprintable() else "?" for c in name), "root")
